using Microsoft.Extensions.Logging.Testing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Nodes;
using OrleansShards.Tests.Core.Masters;

namespace OrleansShards.Tests.Orleans.Diagnostics;

/// <summary>What a primary decides, and the lines that operators read of it.</summary>
public sealed class MasterJournalTests
{
    private static readonly ShardId S5 = new(5);
    private static readonly Term Second = new(2);

    private readonly FakeLogger _logger = new();
    private readonly MasterState _state = new();
    private readonly MasterJournal _journal;

    public MasterJournalTests()
    {
        _journal = new MasterJournal(_state, _logger);
        Decide(
            new MasterEntry.Created(MasterStateTests.Cluster),
            new MasterEntry.OwnerReported(S5, new GroupId("g1"), new Epoch(1), Empty: false));
        Assert.Empty(Lines());
    }

    [Fact]
    public void Move_BegunAndEnded_IsALineEachWithItsNumbers()
    {
        Decide(new MasterEntry.Wanted(S5, new GroupId("g2"), MoveId.None), new MasterEntry.MoveBegun(S5, new GroupId("g2")));
        Decide(new MasterEntry.SealDecided(S5, new MoveId(1), Epoch.None.Next().Next(), new MoveReceipt(10, 2, 1000, 7)));
        Decide(new MasterEntry.MoveEnded(S5, new MoveId(1), 1500));

        Assert.Equal(
            [
                "23 Information move 1 of shard 5 from g1 to g2 has begun",
                "24 Information move 1 of shard 5 from g1 to g2 has ended: 10 keys, 2 sessions, 1000 bytes; its writes paused for 1.5 ms",
            ],
            Lines());
    }

    [Fact]
    public void Move_GivenUp_IsALineWithTheReason()
    {
        Decide(new MasterEntry.Wanted(S5, new GroupId("g2"), MoveId.None), new MasterEntry.MoveBegun(S5, new GroupId("g2")));
        Decide(new MasterEntry.MoveAborted(S5, new MoveId(1), "group g2 has not answered for 10 s"));
        Assert.Equal("25 Information move 1 of shard 5 from g1 to g2 was given up: group g2 has not answered for 10 s", Lines()[1]);
    }

    [Fact]
    public void Members_JoinAndLeave_IsALineEach()
    {
        Decide(new MasterEntry.Left([new GroupId("g3")]));
        Decide(new MasterEntry.Joined([new GroupId("g3")]));
        Assert.Equal(
            [
                "22 Information groups joined: none; left: g3; members are g1, g2 since epoch 3",
                "22 Information groups joined: g3; left: none; members are g1, g2, g3 since epoch 4",
            ],
            Lines());
    }

    [Fact]
    public void Switchover_NotTaken_IsAWarning()
    {
        Decide(new MasterEntry.Switchover(new MasterName("n2")));
        Decide(new MasterEntry.SwitchoverCancelled());
        Assert.Equal(["21 Warning the switchover to n2 was not taken: the primary goes on in term 2"], Lines());
    }

    [Fact]
    public void Term_AfterMissedHeartbeats_IsAWarningWithItsPhases()
    {
        _journal.TookOver(new TakeoverRecord(
            TakeoverReason.HeartbeatsMissed, new("n1"), new("n2"), Second, 17, new(10_012_300, 3_000, 4_000, 100, null)));
        Assert.Equal(
            [
                "20 Warning term 2: n2 leads after n1, whose heartbeats were missing; 17 entries replayed, detected in 10012.3 ms, "
                + "caught up in 3.0 ms, fenced in 4.0 ms, promoted in 0.1 ms, groups redirected in an unknown time",
            ],
            Lines());
    }

    [Theory]
    [InlineData(TakeoverReason.Requested, "Information", "n1, on request")]
    [InlineData(TakeoverReason.Switchover, "Information", "n1, by a switchover")]
    [InlineData(TakeoverReason.Resumed, "Warning", "n1, in a takeover that its crash had interrupted")]
    [InlineData(TakeoverReason.Restarted, "Information", "its own restart")]
    [InlineData(TakeoverReason.Regained, "Warning", "it had stopped itself, as its log did not answer")]
    public void Term_ForEachReason_SaysWhy(TakeoverReason reason, string level, string why)
    {
        _journal.TookOver(new TakeoverRecord(reason, new("n1"), new("n2"), Second, 0, new(0, 0, 0, 0, 1000)));
        Assert.StartsWith($"20 {level} term 2: n2 leads after {why}; ", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public void NewLeadership_LogsNothingThatItsPredecessorHasLogged()
    {
        Decide(new MasterEntry.Left([new GroupId("g3")]));
        int before = Lines().Length;
        Apply(new MasterEntry.Left([new GroupId("g2")]));
        _journal.Look(new Term(3));
        Assert.Equal(before, Lines().Length);
    }

    private void Decide(params MasterEntry[] entries)
    {
        foreach (MasterEntry entry in entries)
            Apply(entry);

        _journal.Look(Second);
    }

    private void Apply(MasterEntry entry) =>
        _state.Apply(new LogCursor(new LogIndex(1), Second, 0, 0), MasterEntryCodec.Encode(entry));

    private string[] Lines() =>
        [.. _logger.Collector.GetSnapshot().Select(static line => $"{line.Id.Id} {line.Level} {line.Message}")];
}
