using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

/// <summary>The masters' part of a restore: one attempt counts, and one record decides it.</summary>
public sealed class MasterRestoreTests
{
    private readonly MasterCluster _masters = Founded();

    [Fact]
    public void Restore_BegunAndCommitted_IsNeverBegunAgain()
    {
        Assert.Equal(RestoreStatus.None, Query());
        RestoreStatus begun = Done(RestoreCommand.Begin, 0, "b1");
        Assert.Equal(new RestoreStatus(new RestoreId(1), RestorePhase.Receiving, "b1"), begun);
        RestoreStatus committed = Done(RestoreCommand.Commit, 1);
        Assert.Equal(begun with { Phase = RestorePhase.Committed }, committed);

        Assert.Equal(committed, Done(RestoreCommand.Commit, 1));
        Refused(RestoreCommand.Abort, 1, "is committed");
        Refused(RestoreCommand.Begin, 0, "was restored from backup b1 already");
        Assert.Equal(committed, Query());
    }

    [Fact]
    public void Restore_AnotherBegins_OnlyTheNewestCanBeCommitted()
    {
        Done(RestoreCommand.Begin, 0, "b1");
        Done(RestoreCommand.Begin, 0, "b2");
        Refused(RestoreCommand.Commit, 1, "restore 2 has begun since");
        Refused(RestoreCommand.Commit, 3, "was never begun");
        Assert.Equal(RestorePhase.Committed, Done(RestoreCommand.Commit, 2).Phase);
    }

    [Fact]
    public void Restore_GivenUp_CannotBeCommittedAndCanBeBegunAgain()
    {
        Done(RestoreCommand.Begin, 0, "b1");
        Assert.Equal(RestorePhase.Aborted, Done(RestoreCommand.Abort, 1).Phase);
        Assert.Equal(RestorePhase.Aborted, Done(RestoreCommand.Abort, 1).Phase);
        Refused(RestoreCommand.Commit, 1, "was given up");
        Assert.Equal(new RestoreId(2), Done(RestoreCommand.Begin, 0, "b1").Restore);
    }

    [Fact]
    public void Restore_TheOtherMasterLeads_TheDecisionStands()
    {
        Done(RestoreCommand.Begin, 0, "b1");
        Assert.IsType<FailoverReply>(_masters.Ask(N2, new TriggerFailover(N1)));
        RestoreStatus committed = Assert.IsType<RestoreStatus>(_masters.Ask(N2, Step(RestoreCommand.Commit, 1)));
        Assert.Equal(RestorePhase.Committed, committed.Phase);
        Assert.IsType<NotPrimary>(_masters.Ask(N1, Step(RestoreCommand.Query, 0)));
    }

    // Formats 2 to 4 have no place for it; what the releases before have written stays what it was.
    [Fact]
    public void Checkpoint_WithARestore_IsReadBack_AndWithoutOneIsAsBefore()
    {
        MasterState state = _masters.Node(N1).State;
        Assert.NotEqual(5, MasterStateCodec.Encode(state)[4]);
        Done(RestoreCommand.Begin, 0, "b1");
        byte[] with = MasterStateCodec.Encode(state);
        Assert.Equal(5, with[4]);
        MasterState read = new();
        read.Restore(with);
        Assert.Equal((state.NewestRestore, state.Digest), (read.NewestRestore, read.Digest));
        Assert.Equal(with, MasterStateCodec.Encode(read));

        ((IStateMachine<MasterOutcome>)read).Clear();
        Assert.Equal(RestoreStatus.None, read.NewestRestore);
    }

    private RestoreStatus Query() => Done(RestoreCommand.Query, 0);

    private RestoreStatus Done(RestoreCommand command, ulong restore, string backup = "") =>
        Assert.IsType<RestoreStatus>(_masters.Ask(N1, Step(command, restore, backup)));

    private void Refused(RestoreCommand command, ulong restore, string text)
    {
        MasterRefusal refusal = Assert.IsType<MasterRefusal>(_masters.Ask(N1, Step(command, restore)));
        Assert.Equal(MasterRefusalKind.WrongState, refusal.Kind);
        Assert.Contains(text, refusal.Text, StringComparison.Ordinal);
    }

    private static ChangeRestore Step(RestoreCommand command, ulong restore, string backup = "") =>
        new(command, new RestoreId(restore), backup);
}
