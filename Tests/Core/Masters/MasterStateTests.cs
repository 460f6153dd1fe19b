using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Masters;

public sealed class MasterStateTests
{
    private readonly MasterState _state = new(epochsMax: 4);
    private LogCursor _at = new(new LogIndex(1), new Term(1), 0, 0);

    public static ClusterDefinition Cluster { get; } = new(
        [new MasterName("n1"), new MasterName("n2")], [new GroupId("g1"), new GroupId("g2"), new GroupId("g3")], 8);

    [Fact]
    public void Apply_FoundedTwice_SameIsNoChangeDifferentIsRejected()
    {
        Assert.Null(_state.Primary);
        Assert.Equal(new MasterOutcome.Created(IsNew: true), Apply(new MasterEntry.Created(Cluster)));
        ulong digest = _state.Digest;

        ClusterDefinition same = new([.. Cluster.Masters], [.. Cluster.Groups], 8);
        Assert.Equal(new MasterOutcome.Created(IsNew: false), Apply(new MasterEntry.Created(same)));
        MasterOutcome.Rejected other = Rejected(new MasterEntry.Created(Cluster with { ShardCount = 9 }));

        Assert.Equal(MasterRefusalKind.WrongState, other.Kind);
        Assert.Contains("8 shards, not with", other.Text, StringComparison.Ordinal);
        Assert.Equal(digest, _state.Digest);
        Assert.Equal(new Epoch(1), _state.MapEpoch);
        Assert.Equal(new MasterName("n1"), _state.Primary);
    }

    [Fact]
    public void Apply_BeforeFounding_IsRejected()
    {
        Assert.Equal(MasterRefusalKind.Unavailable, Rejected(Assign(0)).Kind);
        Assert.IsType<MasterRefusal>(_state.ConfigAt(null));
    }

    [Fact]
    public void Apply_FirstUse_GoesToPreferredElseFewestElseFirst()
    {
        Found();
        Assert.Equal("g1", Owner(Assign(0)));
        Assert.Equal("g2", Owner(Assign(1)));
        Assert.Equal("g2", Owner(Assign(2, "g2")));
        Assert.Equal("g3", Owner(Assign(3)));
        Assert.Equal("g1", Owner(Assign(4)));
        Assert.Equal("g3", Owner(Assign(5)));
        Assert.Equal(new ShardEntry(new GroupId("g3"), new Epoch(1), MayOpenEmpty: true), _state.Find(new ShardId(5)));
    }

    [Fact]
    public void Apply_AssignedAgain_KeepsOwnerAndMapEpoch()
    {
        Found();
        Owner(Assign(0, "g2"));
        Epoch before = _state.MapEpoch;

        MasterOutcome.Ownership again = Assert.IsType<MasterOutcome.Ownership>(Apply(Assign(0, "g3")));

        Assert.Equal(OwnershipChange.None, again.Change);
        Assert.Equal("g2", again.Owner.Owner.Value);
        Assert.Equal(before, _state.MapEpoch);
    }

    [Fact]
    public void Apply_UnknownNames_AreRejected()
    {
        Found();
        Assert.Equal(MasterRefusalKind.UnknownName, Rejected(Assign(8)).Kind);
        Assert.Equal(MasterRefusalKind.UnknownName, Rejected(Assign(0, "g9")).Kind);
        Assert.Equal(MasterRefusalKind.UnknownName, Rejected(Report(0, "g9", 1)).Kind);
        Assert.Equal(MasterRefusalKind.UnknownName, Rejected(new MasterEntry.Switchover(new MasterName("n9"))).Kind);
        Assert.Equal(new Epoch(1), _state.MapEpoch);
    }

    [Fact]
    public void Apply_Reports_HighestEpochWinsAndMapEpochRisesOnChangeOnly()
    {
        Found();
        Assert.Equal(OwnershipChange.Moved, Change(Report(0, "g1", 3)));
        Assert.Equal(new Epoch(2), _state.MapEpoch);
        Assert.Equal(OwnershipChange.None, Change(Report(0, "g1", 3)));
        Assert.Equal(OwnershipChange.None, Change(Report(0, "g2", 2)));
        Assert.Equal(OwnershipChange.Conflict, Change(Report(0, "g2", 3)));
        Assert.Equal(new Epoch(2), _state.MapEpoch);
        Assert.Equal(OwnershipChange.Moved, Change(Report(0, "g2", 4)));
        Assert.Equal(new Epoch(3), _state.MapEpoch);
        Assert.Equal(new ShardEntry(new GroupId("g2"), new Epoch(4), false), _state.Find(new ShardId(0)));
    }

    [Fact]
    public void Apply_LateReportOfAnEmptyRelease_NeverLetsTheOwnerOpenEmptyAgain()
    {
        Found();
        Change(Report(0, "g2", 2, empty: true));
        Assert.True(_state.Find(new ShardId(0))!.MayOpenEmpty);

        Assert.Equal(OwnershipChange.Held, Change(Report(0, "g2", 2)));
        Assert.Equal(OwnershipChange.None, Change(Report(0, "g2", 2, empty: true)));

        Assert.False(_state.Find(new ShardId(0))!.MayOpenEmpty);
        Assert.Equal(new Epoch(2), _state.MapEpoch);
    }

    [Fact]
    public void ConfigAt_AnswersKeptEpochsAndNamesTheOldest()
    {
        Found();
        for (ulong epoch = 1; epoch <= 5; epoch++)
            Change(Report((int)epoch % 2, epoch % 2 == 0 ? "g1" : "g2", epoch));

        Assert.Equal(new Epoch(6), _state.MapEpoch);
        Assert.Equal(new Epoch(3), _state.OldestEpoch);
        MasterRefusal old = Assert.IsType<MasterRefusal>(_state.ConfigAt(new Epoch(2)));
        Assert.Equal("epoch 2 is compacted, oldest answerable is 3", old.Text);
        Assert.Equal(MasterRefusalKind.WrongState, Assert.IsType<MasterRefusal>(_state.ConfigAt(new Epoch(7))).Kind);
        ConfigReply kept = Assert.IsType<ConfigReply>(_state.ConfigAt(new Epoch(3)));
        Assert.Equal([new(0, new GroupId("g1")), new(1, new GroupId("g2"))], kept.Shards.AsEnumerable());
        Assert.Equal(Cluster.Groups, kept.Groups.AsEnumerable());
        Assert.Equal(new Epoch(6), Assert.IsType<ConfigReply>(_state.ConfigAt(null)).Epoch);
    }

    [Fact]
    public void Apply_Takeovers_OneATermCompletedOnceNewestKept()
    {
        Found();
        for (ulong term = 2; term <= 80; term++)
        {
            _at = _at with { Term = new Term(term) };
            Apply(new MasterEntry.TakenOver(Takeover(term)));
        }

        MasterOutcome again = Apply(new MasterEntry.TakenOver(Takeover(80) with { EntriesReplayed = 99 }));
        Assert.Equal(new MasterOutcome.Takeover(Takeover(80)), again);
        Apply(new MasterEntry.Redirected(new Term(79), 5));
        Assert.Null(_state.NewestTakeover!.Phases.RedirectUs);
        Apply(new MasterEntry.Redirected(new Term(80), 6));
        Apply(new MasterEntry.Redirected(new Term(80), 7));

        Assert.Equal(6, _state.NewestTakeover!.Phases.RedirectUs);
        Assert.Equal(MasterState.TakeoversMax, _state.Takeovers.Count);
        Assert.Equal(new Term(80 - 63), _state.Takeovers[0].Term);
        Assert.Equal(new MasterName("n2"), _state.Primary);
    }

    [Fact]
    public void Apply_HandOver_EndsWithItsCancellationOrADecisionOfALaterTerm()
    {
        Found();
        MasterEntry.Switchover switchover = new(new MasterName("n2"));
        Apply(switchover);
        Assert.Equal(new PendingSwitchover(new MasterName("n2"), _at.Index, new Term(1)), _state.Switchover);
        Apply(new MasterEntry.SwitchoverCancelled());
        Assert.Null(_state.Switchover);

        Apply(switchover);
        _at = _at with { Term = new Term(2) };
        Apply(Assign(0));
        Assert.Null(_state.Switchover);

        Apply(switchover);
        _at = _at with { Term = new Term(3) };
        Apply(new MasterEntry.TakenOver(Takeover(3)));
        Assert.Null(_state.Switchover);
    }

    [Fact]
    public void FailoverTime_IsRoundedUpWithoutTheRedirect()
    {
        TakeoverRecord record = Takeover(2) with { Phases = new TakeoverPhases(10_000_000, 500, 400, 101, 900_000) };
        Assert.Equal(new FailoverReply(new MasterName("n2"), 7, 10_002), record.Reply());
    }

    [Fact]
    public void Restore_InTinyChunks_GivesTheSameStateAndFreezeIsAView()
    {
        Found();
        Owner(Assign(0));
        Change(Report(1, "g2", 7, empty: true));
        Apply(new MasterEntry.TakenOver(Takeover(2)));
        Apply(new MasterEntry.TakenOver(Takeover(3)) { At = DateTimeOffset.UnixEpoch.AddYears(60) });
        Apply(new MasterEntry.Switchover(new MasterName("n1")));
        ulong digest = _state.Digest;
        using ICheckpointSource source = _state.Freeze();
        Owner(Assign(2));

        MasterState copy = Restored(source, 3);

        Assert.Equal(digest, copy.Digest);
        Assert.NotEqual(digest, _state.Digest);
        Assert.Equal(_state.Switchover, copy.Switchover);
        Assert.Equal(_state.Takeovers, copy.Takeovers);
        Assert.Equal([null, DateTimeOffset.UnixEpoch.AddYears(60)], copy.Takeovers.Select(static taken => taken.At));
        copy.Clear();
        Assert.Equal(new MasterState().Digest, copy.Digest);
    }

    [Fact]
    public void Restore_OtherFormatOrLeftOver_IsCorrupt()
    {
        ByteWriter chunk = new();
        _state.Freeze().WriteNext(chunk, 1000);
        byte[] other = chunk.ToArray();
        other[4] = 9;
        Assert.Throws<CorruptDataException>(() => new MasterState().Restore(other));
        Assert.Throws<CorruptDataException>(() => new MasterState().Restore([.. chunk.Written, 0]));
    }

    [Theory]
    [InlineData(new[] { "n1" }, new[] { "g1" }, 1, null)]
    [InlineData(new string[0], new[] { "g1" }, 1, "0 masters")]
    [InlineData(new[] { "n1", "n1" }, new[] { "g1" }, 1, "named twice")]
    [InlineData(new[] { "n1" }, new string[0], 1, "no group")]
    [InlineData(new[] { "n1" }, new[] { "g1", "g1" }, 1, "a group is named twice")]
    [InlineData(new[] { "n1" }, new[] { "g1" }, 0, "0 shards")]
    public void Definition_SaysWhatIsWrong(string[] masters, string[] groups, int shards, string? expected)
    {
        ClusterDefinition cluster = new(
            [.. masters.Select(static name => new MasterName(name))],
            [.. groups.Select(static name => new GroupId(name))],
            shards);
        string? problem = cluster.Problem();
        Assert.Equal(expected is null, problem is null);
        Assert.Contains(expected ?? "", problem ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Definition_EqualsByContent()
    {
        ClusterDefinition same = new([.. Cluster.Masters], [.. Cluster.Groups], Cluster.ShardCount);
        Assert.Equal(Cluster, same);
        Assert.Equal(Cluster.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(Cluster, Cluster with { Groups = [new GroupId("g1")] });
        Assert.Null((Cluster with { Masters = [new MasterName("n1")] }).OtherThan(new MasterName("n1")));
    }

    internal static MasterState Restored(ICheckpointSource source, int chunkBytes)
    {
        MasterState copy = new(epochsMax: 4);
        bool hasMore = true;
        while (hasMore)
        {
            ByteWriter chunk = new();
            hasMore = source.WriteNext(chunk, chunkBytes);
            copy.Restore(chunk.Written);
        }

        return copy;
    }

    internal static TakeoverRecord Takeover(ulong term) => new(
        TakeoverReason.Requested, new MasterName("n1"), new MasterName("n2"), new Term(term), 7, new(1, 2, 3, 4, null));

    private static MasterEntry.Assigned Assign(int shard, string? prefer = null) =>
        new(new ShardId(shard), prefer is null ? null : new GroupId(prefer));

    private static MasterEntry.OwnerReported Report(int shard, string owner, ulong epoch, bool empty = false) =>
        new(new ShardId(shard), new GroupId(owner), new Epoch(epoch), empty);

    private void Found() => Apply(new MasterEntry.Created(Cluster));

    private MasterOutcome Apply(MasterEntry entry)
    {
        _at = _at with { Index = _at.Index.Next(), Entries = _at.Entries + 1 };
        return _state.Apply(_at, MasterEntryCodec.Encode(entry));
    }

    private string Owner(MasterEntry entry) => Assert.IsType<MasterOutcome.Ownership>(Apply(entry)).Owner.Owner.Value;

    private OwnershipChange Change(MasterEntry entry) => Assert.IsType<MasterOutcome.Ownership>(Apply(entry)).Change;

    private MasterOutcome.Rejected Rejected(MasterEntry entry) => Assert.IsType<MasterOutcome.Rejected>(Apply(entry));
}
