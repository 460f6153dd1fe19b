using System.Collections.Immutable;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Silo.Api;

namespace OrleansShards.Tests.Orleans.Silo.Api;

/// <summary>What a failover would take, and the history, from what the primary says.</summary>
public sealed class FailoverEstimateTests
{
    private static readonly MasterName N1 = new("n1");
    private static readonly MasterName N2 = new("n2");
    private static readonly TimeSpan DetectAfter = TimeSpan.FromSeconds(10);
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_TakeoversThatWereMeasured_TakesTheirMedian()
    {
        ClusterStatusReply status = Status(
            shadowAgeMs: 300, Taken(TakeoverReason.HeartbeatsMissed, 2, 40_000), Taken(TakeoverReason.Requested, 3, 10_000),
            Taken(TakeoverReason.Resumed, 4, 0), Taken(TakeoverReason.Switchover, 5, 20_000));

        FailoverEstimate estimate = FailoverEstimates.Of(status, new ShadowStatusReply(N1, N2, 7, 12, 345, new Term(5)), DetectAfter);

        Assert.Equal((true, 10_020L, 20L), (estimate.Possible, estimate.TakesMs, estimate.RequestedMs));
        Assert.Contains("7 entries (345 bytes)", estimate.Why, StringComparison.Ordinal);
        Assert.Contains("20 ms in the middle of the last 3 takeovers", estimate.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "the shadow n2 has not been heard under this primary")]
    [InlineData(9_500L, "the shadow n2 has not been heard for 9.5 s")]
    public void Of_AShadowThatIsNotHeard_SaysThatNobodyTakesOver(long? ageMs, string why)
    {
        FailoverEstimate estimate = FailoverEstimates.Of(Status(ageMs), null, DetectAfter);

        Assert.False(estimate.Possible);
        Assert.Null(estimate.TakesMs);
        Assert.Contains(why, estimate.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ASingleMaster_SaysThatThereIsNoShadow()
    {
        ClusterStatusReply status = Status(0) with { Masters = [new MasterStatus(N1, true, new Term(1), new LogIndex(9), 3)] };

        Assert.Contains("there is no shadow", FailoverEstimates.Of(status, null, DetectAfter).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void History_OfTermsAndMoves_IsNewestFirst()
    {
        TakeoverRecord first = Taken(TakeoverReason.Requested, 2, 1_000) with { At = Noon };
        ClusterStatusReply status = Status(300, first, first with { Term = new Term(3), At = Noon.AddHours(2) }) with
        {
            Ended = new EndedMoves([Moved(1, Noon.AddHours(1)), Moved(2, null), Moved(3, Noon.AddHours(3))]),
        };

        HistoryView history = MoveViews.History(status, TimeSpan.FromMinutes(10), Noon.AddHours(3), 4);

        Assert.Equal(
            ["move 3", "term 3", "move 2", "move 1"],
            history.Events.Select(static one => one.Move is { } move ? $"move {move.Move}" : $"term {one.Term!.Term}"));
        Assert.Equal(Noon.AddHours(3).AddMinutes(10), history.Events[0].Move!.UndoUntil);
        Assert.Equal("shard 2 from n1 to n2 was given up: why", history.Events[2].Text);
        Assert.Null(history.Events[3].Move!.UndoUntil);
    }

    private static EndedMove Moved(ulong number, DateTimeOffset? at) => new(
        new MoveId(number), new ShardId((int)number), new GroupId("n1"), new GroupId("n2"), MoveId.None,
        at is null ? null : new MoveReceipt(1, 0, 8, 0), at, 1_500, at is null ? "why" : null);

    private static TakeoverRecord Taken(TakeoverReason reason, ulong term, long afterUs) => new(
        reason, N2, N1, new Term(term), 0, new TakeoverPhases(9_000_000, afterUs / 2, afterUs / 4, afterUs / 4, null));

    private static ClusterStatusReply Status(long? shadowAgeMs, params TakeoverRecord[] takeovers) => new(
        [
            new MasterStatus(N1, true, new Term(5), new LogIndex(9), 3),
            new MasterStatus(N2, false, new Term(5), new LogIndex(9), shadowAgeMs),
        ],
        new ConfigReply(
            new Epoch(1),
            Enumerable.Range(1, 3).ToImmutableSortedDictionary(static shard => shard, static _ => new GroupId("n2")),
            [new GroupId("n1"), new GroupId("n2")]),
        [5, 5],
        [.. takeovers])
    {
        Members = [new GroupId("n1"), new GroupId("n2")],
    };
}
