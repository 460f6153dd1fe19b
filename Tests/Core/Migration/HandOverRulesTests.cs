using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.Shards;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>Every transition and every refusal, entry by entry, on the state itself.</summary>
public sealed partial class HandOverRulesTests
{
    private static readonly GroupId Other = new("g2");
    private static readonly GroupId Third = new("g3");

    private readonly ShardReplay _shard = new();

    private ShardOwnership Ownership => _shard.State.Ownership;

    [Fact]
    public void Open_WhereNeverOpened_Serves()
    {
        Assert.IsType<ShardDone>(Open(4));

        Assert.Equal((TransferPhase.Serving, new Epoch(4)), (Ownership.Phase, Ownership.Epoch));
        Same(ShardDone.Instance, () => Open(9));
    }

    [Fact]
    public void Open_WhereReleased_NeedsALaterEpoch()
    {
        Open(1);
        HandOver();

        SameRefusal(ShardRefusalKind.Moved, () => Open(2));
        Assert.IsType<ShardDone>(Open(3));
        Assert.Equal((TransferPhase.Serving, new Epoch(3), 0), (Ownership.Phase, Ownership.Epoch, _shard.State.Keys));
    }

    [Fact]
    public void Open_WhereSealedOrAborting_IsRefused()
    {
        Sealed();
        SameRefusal(ShardRefusalKind.HandingOver, () => Open(9));
        Aborting();
        SameRefusal(ShardRefusalKind.HandingOver, () => Open(9));
    }

    [Fact]
    public void Seed_WhereServed_ReplacesDataAndClientsButNotRouters()
    {
        Open(1);
        _shard.Do(Keys.Write("\"old\"", "1", Keys.Client("c", 1)));
        _shard.Do(Keys.Write("\"old\"", "1", Keys.Router("r", 1)));
        Assert.IsType<ShardDone>(Seed(1, """{"data":{"new":2}}"""));

        Assert.Equal("""{"data":{"new":2}}""", _shard.Snapshot());
        Assert.Equal((1, new Epoch(1)), (_shard.State.RouterSessions, Ownership.Epoch));
    }

    [Fact]
    public void Seed_WhereNotHeld_NeedsALaterEpoch()
    {
        Assert.IsType<ShardDone>(Seed(1, """{"data":{"x":1}}"""));
        HandOver();
        SameRefusal(ShardRefusalKind.Moved, () => Seed(2, """{"data":{"x":1}}"""));
        Assert.IsType<ShardDone>(Seed(3, """{"data":{"x":3}}"""));
        Assert.Equal(new Epoch(3), Ownership.Epoch);
    }

    [Fact]
    public void Seed_AtADiscardedEpoch_IsRefused()
    {
        Discard(5);
        SameRefusal(ShardRefusalKind.WrongState, () => Seed(5, """{"data":{}}"""));
        Assert.IsType<ShardDone>(Seed(6, """{"data":{}}"""));
    }

    [Fact]
    public void Seed_WhereSealedOrAborting_IsRefusedByState()
    {
        Sealed();
        Assert.Contains("prepared for g2", SameRefusal(
            ShardRefusalKind.WrongState, () => Seed(9, """{"data":{}}""")).Text, StringComparison.Ordinal);
        Aborting();
        Assert.Contains("rolling", SameRefusal(
            ShardRefusalKind.WrongState, () => Seed(9, """{"data":{}}""")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Seal_WhereServed_GrantsTheNextEpochAndIsRepeatable()
    {
        Open(7);
        Assert.IsType<ShardDone>(_shard.Do(new TransferEntry.Prepare(Other)));

        Assert.Equal((TransferPhase.Sealed, Other, new Epoch(8)), (Ownership.Phase, Ownership.Other, Ownership.Granted));
        Assert.Equal(new Epoch(7), Ownership.Epoch);
        Same(ShardDone.Instance, () => _shard.Do(new TransferEntry.Prepare(Other)));
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Prepare(Third)));
    }

    [Fact]
    public void Seal_MeantForAnotherEpoch_IsRefused()
    {
        Open(7);
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Prepare(Other, new Epoch(6))));
        Assert.IsType<ShardDone>(_shard.Do(new TransferEntry.Prepare(Other, new Epoch(7))));
        Same(ShardDone.Instance, () => _shard.Do(new TransferEntry.Prepare(Other, new Epoch(7))));
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Prepare(Other, new Epoch(6))));
        _shard.Do(new TransferEntry.Confirm(Ownership.Granted));
        SameRefusal(ShardRefusalKind.Moved, () => _shard.Do(new TransferEntry.Prepare(Other, new Epoch(7))));
    }

    [Fact]
    public void Seal_Elsewhere_IsRefused()
    {
        SameRefusal(ShardRefusalKind.NotHeld, () => _shard.Do(new TransferEntry.Prepare(Other)));
        Open(1);
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Prepare(ShardReplay.Self)));
        Aborting();
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Prepare(Other)));
        _shard.Do(new TransferEntry.RefuseAbort(Ownership.Granted));
        _shard.Do(new TransferEntry.Confirm(Ownership.Granted));
        Assert.Equal(Other, SameRefusal(
            ShardRefusalKind.Moved, () => _shard.Do(new TransferEntry.Prepare(Third))).Owner);
    }

    [Fact]
    public void Confirm_WhereSealed_DropsTheContentAndIsRepeatable()
    {
        Sealed();
        ulong content = _shard.State.ContentDigest();
        Assert.IsType<ShardDone>(_shard.Do(new TransferEntry.Confirm(Ownership.Granted)));

        Assert.Equal((TransferPhase.Released, Other, new Epoch(2)), (Ownership.Phase, Ownership.Other, Ownership.Epoch));
        Assert.Equal((ReleaseReason.Confirmed, content), (Ownership.Release, Ownership.ReleasedDigest));
        Assert.Equal((0, 0), (_shard.State.Keys, _shard.State.ClientSessions));
        Same(ShardDone.Instance, () => _shard.Do(new TransferEntry.Confirm(Epoch.None)));
    }

    [Fact]
    public void Confirm_Elsewhere_IsRefused()
    {
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Confirm(Epoch.None)));
        Sealed();
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Confirm(new Epoch(9))));
        Aborting();
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Confirm(Ownership.Granted)));
        _shard.Do(new TransferEntry.FinishAbort(Ownership.Granted));
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Confirm(Ownership.Granted)));
    }

    [Fact]
    public void Confirm_WhereGivenAwayWithoutHandOver_IsRefused()
    {
        Relinquish(Other, RelinquishReason.Seed);
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.Confirm(Epoch.None)));
    }

    [Fact]
    public void Abort_BeforeTheTargetWasTold_ServesAtOnce()
    {
        Sealed();
        Assert.IsType<ShardDone>(_shard.Do(new TransferEntry.StartAbort(Ownership.Granted)));

        Assert.Equal((TransferPhase.Serving, new Epoch(3)), (Ownership.Phase, Ownership.Epoch));
        Same(ShardDone.Instance, () => _shard.Do(new TransferEntry.StartAbort(new Epoch(2))));
        Same(ShardDone.Instance, () => _shard.Do(new TransferEntry.StartAbort(Epoch.None)));
    }

    [Fact]
    public void Abort_AfterTheTargetWasTold_WaitsForIt()
    {
        Aborting();
        Epoch granted = Ownership.Granted;
        Assert.Equal(TransferPhase.Aborting, Ownership.Phase);
        Same(ShardDone.Instance, () => _shard.Do(new TransferEntry.StartAbort(granted)));
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.FinishAbort(granted.Next())));
        Assert.IsType<ShardDone>(_shard.Do(new TransferEntry.FinishAbort(granted)));

        Assert.Equal((TransferPhase.Serving, granted.Next()), (Ownership.Phase, Ownership.Epoch));
        Assert.Equal("""{"data":{"x":1}}""", _shard.Snapshot());
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.FinishAbort(granted)));
    }

    [Fact]
    public void Abort_ThatTheTargetRefuses_IsSealedAsBefore()
    {
        Aborting();
        Epoch granted = Ownership.Granted;
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.RefuseAbort(granted.Next())));
        Assert.Equal(Other, Refusal(_shard.Do(new TransferEntry.RefuseAbort(granted))).Owner);

        Assert.Equal((TransferPhase.Granted, granted), (Ownership.Phase, Ownership.Granted));
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.RefuseAbort(granted)));
    }

    [Fact]
    public void Abort_Elsewhere_IsRefused()
    {
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.StartAbort(Epoch.None)));
        Open(1);
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.StartAbort(Epoch.None)));
        Sealed();
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.StartAbort(new Epoch(9))));
        _shard.Do(new TransferEntry.Confirm(Ownership.Granted));
        Assert.Equal(Other, SameRefusal(
            ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.StartAbort(Epoch.None))).Owner);
    }

    [Fact]
    public void Abort_IsForgottenWithTheNextHandOver()
    {
        Sealed();
        _shard.Do(new TransferEntry.StartAbort(Ownership.Granted));
        _shard.Do(new TransferEntry.Prepare(Third));
        Assert.Equal(new Epoch(4), Ownership.Granted);
        _shard.Do(new TransferEntry.Confirm(Ownership.Granted));
        SameRefusal(ShardRefusalKind.WrongState, () => _shard.Do(new TransferEntry.StartAbort(Epoch.None)));
    }

    [Fact]
    public void Install_WhereNotHeld_ServesAndIsRepeatable()
    {
        Assert.IsType<ShardDone>(Install(5, """{"data":{"x":1}}"""));
        Assert.Equal((TransferPhase.Serving, new Epoch(5)), (Ownership.Phase, Ownership.Epoch));
        _shard.Do(Keys.Write("\"x\"", "2"));

        Same(ShardDone.Instance, () => Install(5, """{"data":{"x":1}}"""));
        Same(ShardDone.Instance, () => Install(9, """{"data":{"x":1.0}}"""));
        Assert.Equal("""{"data":{"x":2}}""", _shard.Snapshot());
        Assert.Equal(ShardReplay.Self, SameRefusal(
            ShardRefusalKind.WrongState, () => Install(9, """{"data":{"x":2}}""")).Owner);
    }

    [Fact]
    public void Install_WhereServedFromElsewhere_IsRefused()
    {
        Open(1);
        SameRefusal(ShardRefusalKind.WrongState, () => Install(2, """{"data":{}}"""));
        Sealed();
        SameRefusal(ShardRefusalKind.WrongState, () => Install(9, """{"data":{"x":1}}"""));
    }

    [Fact]
    public void Install_WhereTheShardMayHaveBeenTaken_IsRefusedForNow()
    {
        Aborting();
        SameRefusal(ShardRefusalKind.HandingOver, () => Install(9, """{"data":{"x":1}}"""));
        _shard.Do(new TransferEntry.RefuseAbort(Ownership.Granted));
        SameRefusal(ShardRefusalKind.HandingOver, () => Install(9, """{"data":{"x":1}}"""));
    }

    [Fact]
    public void InstallAndDiscard_WhereMoving_LeaveOpenWhoHasTheShard()
    {
        Open(1);
        _shard.Apply(TransferEntryCodec.Encode(new TransferEntry.Seal(new MoveId(7), new Term(1), Other)));
        SameRefusal(ShardRefusalKind.HandingOver, () => Install(9, """{"data":{"x":1}}"""));

        SameRefusal(ShardRefusalKind.WrongState, () => Discard(1));
        Assert.IsType<ShardDone>(Discard(3));
        Assert.Equal((TransferPhase.SealedForMove, new Epoch(3)), (Ownership.Phase, Ownership.Discarded));
    }

    [Fact]
    public void Discard_OfALaterHandOver_WhereStillSealed_IsKeptOut()
    {
        Aborting();
        Epoch granted = Ownership.Granted;
        Assert.IsType<ShardDone>(Discard(granted.Next().Value));
        Same(ShardDone.Instance, () => Discard(granted.Next().Value));
        Assert.Equal((TransferPhase.Aborting, granted.Next()), (Ownership.Phase, Ownership.Discarded));
        _shard.Do(new TransferEntry.RefuseAbort(granted));
        _shard.Do(new TransferEntry.Confirm(granted));
        SameRefusal(ShardRefusalKind.WrongState, () => Install(granted.Next().Value, """{"data":{"x":1}}"""));
        Assert.IsType<ShardDone>(Install(granted.Next().Next().Value, """{"data":{"x":1}}"""));
    }

    [Fact]
    public void Install_OfAnEarlierTime_IsNotTheSameInstall()
    {
        Install(5, """{"data":{}}""");
        HandOver();
        SameRefusal(ShardRefusalKind.WrongState, () => Install(6, """{"data":{}}"""));
        Open(7);

        SameRefusal(ShardRefusalKind.WrongState, () => Install(8, """{"data":{}}"""));
    }

    private Message Open(ulong epoch) => _shard.Do(new TransferEntry.Open(new Epoch(epoch)));

    private Message Seed(ulong epoch, string content) =>
        _shard.Do(new TransferEntry.Seed(new Epoch(epoch), Content(content)));

    private Message Install(ulong epoch, string content) =>
        _shard.Do(new TransferEntry.Install(new Epoch(epoch), Content(content).Digest(), Content(content)));

    private Message Discard(ulong epoch) => _shard.Do(new TransferEntry.Discard(Other, new Epoch(epoch)));

    private Message Relinquish(GroupId to, RelinquishReason reason, ulong content = 0, ulong known = 0) =>
        _shard.Do(new TransferEntry.Relinquish(to, reason, content, new Epoch(known)));

    private void Sealed()
    {
        if (Ownership.Phase == TransferPhase.None)
            Seed(1, """{"data":{"x":1}}""");

        _shard.Do(new TransferEntry.Prepare(Other));
        Assert.Equal(TransferPhase.Sealed, Ownership.Phase);
    }

    private void Aborting()
    {
        Sealed();
        Relinquish(Other, RelinquishReason.Receive, _shard.State.ContentDigest());
        _shard.Do(new TransferEntry.StartAbort(Ownership.Granted));
        Assert.Equal(TransferPhase.Aborting, Ownership.Phase);
    }

    private void HandOver()
    {
        _shard.Do(new TransferEntry.Prepare(Other));
        _shard.Do(new TransferEntry.Confirm(Ownership.Granted));
        Assert.Equal(TransferPhase.Released, Ownership.Phase);
    }

    private static ShardContent Content(string json)
    {
        Assert.True(SnapshotReader.TryRead(JsonText.Parse(json), out ShardContent content, out _));
        return content;
    }

    private static ShardRefusal Refusal(Message reply) => Assert.IsType<ShardRefusal>(reply);

    /// <summary>The answer is this, and nothing has changed.</summary>
    private void Same(Message expected, Func<Message> act)
    {
        (ulong digest, ShardOwnership ownership) = (_shard.State.Digest, Ownership);
        Assert.Equal(expected, act());
        Assert.Equal((digest, ownership), (_shard.State.Digest, Ownership));
    }

    private ShardRefusal SameRefusal(ShardRefusalKind kind, Func<Message> act)
    {
        (ulong digest, ShardOwnership ownership) = (_shard.State.Digest, Ownership);
        ShardRefusal refusal = Refusal(act());
        Assert.Equal((kind, digest, ownership), (refusal.Kind, _shard.State.Digest, Ownership));
        return refusal;
    }
}
