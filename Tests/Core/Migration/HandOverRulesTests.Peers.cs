using OrleansShards.Core;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.Shards;

namespace OrleansShards.Tests.Core.Migration;

// What one group asks of another: discarding and giving way.
public sealed partial class HandOverRulesTests
{
    [Fact]
    public void Discard_BeforeTheInstall_RefusesItWhenItComes()
    {
        Assert.IsType<ShardDone>(Discard(5));
        Same(ShardDone.Instance, () => Discard(5));

        SameRefusal(ShardRefusalKind.WrongState, () => Install(5, """{"data":{}}"""));
        SameRefusal(ShardRefusalKind.WrongState, () => Install(4, """{"data":{}}"""));
        Assert.Equal(TransferPhase.None, Ownership.Phase);
        Assert.IsType<ShardDone>(Install(7, """{"data":{}}"""));
    }

    [Fact]
    public void Discard_OfAnEarlierOne_DoesNotLetALaterOneIn()
    {
        Discard(5);
        Discard(3);
        SameRefusal(ShardRefusalKind.WrongState, () => Install(4, """{"data":{}}"""));
    }

    [Fact]
    public void Discard_WhereNoClientWasServed_DropsItAndPointsToTheSource()
    {
        Install(5, """{"data":{"x":1},"sessions":{"c":{"seq":1,"reply":{"type":"write_ok"}}}}""");
        Assert.IsType<ShardDone>(Discard(5));

        Assert.Equal((TransferPhase.Released, Other, new Epoch(6)), (Ownership.Phase, Ownership.Other, Ownership.Epoch));
        Assert.Equal((0, 0), (_shard.State.Keys, _shard.State.ClientSessions));
        Same(ShardDone.Instance, () => Discard(5));
        SameRefusal(ShardRefusalKind.WrongState, () => Install(5, """{"data":{"x":1}}"""));
        SameRefusal(ShardRefusalKind.WrongState, () => Install(6, """{"data":{"x":1}}"""));
        Assert.IsType<ShardDone>(Install(7, """{"data":{"x":1}}"""));
    }

    [Theory]
    [InlineData("write")]
    [InlineData("read with a session")]
    [InlineData("seed")]
    public void Discard_WhereAClientWasServed_IsRefused(string served)
    {
        Install(5, """{"data":{"x":1}}""");
        _ = served switch
        {
            "write" => _shard.Do(Keys.Write("\"x\"", "2")),
            "seed" => Seed(5, """{"data":{"x":2}}"""),
            _ => _shard.Do(Keys.Read("\"x\"", Keys.Client("c", 1))),
        };

        Assert.Equal(ShardReplay.Self, SameRefusal(ShardRefusalKind.WrongState, () => Discard(5)).Owner);
        Assert.Equal(TransferPhase.Serving, Ownership.Phase);
    }

    [Fact]
    public void Discard_WhereItWasPassedOn_IsRefusedForEver()
    {
        Install(5, """{"data":{"x":1}}""");
        _shard.Do(new TransferEntry.Prepare(Third));
        SameRefusal(ShardRefusalKind.WrongState, () => Discard(5));
        _shard.Do(new TransferEntry.Confirm(Ownership.Granted));
        Assert.Equal(Third, SameRefusal(ShardRefusalKind.WrongState, () => Discard(5)).Owner);
        Install(7, """{"data":{"x":1}}""");
        SameRefusal(ShardRefusalKind.WrongState, () => Discard(5));
        Assert.IsType<ShardDone>(Discard(7));
        SameRefusal(ShardRefusalKind.WrongState, () => Discard(5));
    }

    [Fact]
    public void Relinquish_WhereNeverOpened_LeavesATombstoneAboveAllEpochsHeardOf()
    {
        Assert.Equal(new Relinquished(new Epoch(4)), Relinquish(Other, RelinquishReason.Seed, known: 3));

        Assert.Equal((TransferPhase.Released, Other), (Ownership.Phase, Ownership.Other));
        SameRefusal(ShardRefusalKind.Moved, () => Open(4));
        Same(new Relinquished(new Epoch(4)), () => Relinquish(Other, RelinquishReason.Seed, known: 3));
        Same(new Relinquished(new Epoch(4)), () => Relinquish(Other, RelinquishReason.Receive, known: 3));
        Assert.Equal(Other, SameRefusal(
            ShardRefusalKind.Moved, () => Relinquish(Third, RelinquishReason.Receive, known: 3)).Owner);
    }

    [Fact]
    public void Relinquish_WhereNeverOpened_IsGrantedForASnapshotToo() =>
        Assert.Equal(new Relinquished(new Epoch(1)), Relinquish(Other, RelinquishReason.Receive));

    [Fact]
    public void Relinquish_WhereServedButEmpty_IsGrantedForASeedOnly()
    {
        Open(3);
        SameRefusal(ShardRefusalKind.Moved, () => Relinquish(Other, RelinquishReason.Receive));
        Assert.Equal(new Relinquished(new Epoch(4)), Relinquish(Other, RelinquishReason.Seed, known: 1));
        Assert.Equal(ReleaseReason.Empty, Ownership.Release);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Relinquish_WhereServedWithDataOrSessions_IsRefused(bool hasData)
    {
        Open(3);
        _shard.Do(hasData ? Keys.Write("1", "1") : Keys.Read("1", Keys.Client("c", 1)));
        Assert.Equal(ShardReplay.Self, SameRefusal(
            ShardRefusalKind.Moved, () => Relinquish(Other, RelinquishReason.Seed, known: 9)).Owner);
    }

    [Fact]
    public void Relinquish_WhereSealed_IsGrantedToTheTargetForTheSameContentOnly()
    {
        Sealed();
        ulong content = _shard.State.ContentDigest();
        SameRefusal(ShardRefusalKind.WrongState, () => Relinquish(Other, RelinquishReason.Receive, content + 1));
        SameRefusal(ShardRefusalKind.WrongState, () => Relinquish(Third, RelinquishReason.Receive, content));
        SameRefusal(ShardRefusalKind.WrongState, () => Relinquish(Other, RelinquishReason.Seed, content));
        Assert.Equal(TransferPhase.Sealed, Ownership.Phase);
        Assert.Equal(new Relinquished(new Epoch(2)), Relinquish(Other, RelinquishReason.Receive, content));
        Assert.Equal(TransferPhase.Granted, Ownership.Phase);
        Same(new Relinquished(new Epoch(2)), () => Relinquish(Other, RelinquishReason.Receive, content));
    }

    [Fact]
    public void Relinquish_WhereAborting_WaitsForTheEnd()
    {
        Aborting();
        SameRefusal(
            ShardRefusalKind.HandingOver, () => Relinquish(Other, RelinquishReason.Receive, _shard.State.ContentDigest()));
    }

    [Fact]
    public void Relinquish_AfterTheConfirmation_IsGrantedForTheSameContentOnly()
    {
        Sealed();
        ulong content = _shard.State.ContentDigest();
        _shard.Do(new TransferEntry.Confirm(Ownership.Granted));

        Same(new Relinquished(new Epoch(2)), () => Relinquish(Other, RelinquishReason.Receive, content));
        SameRefusal(ShardRefusalKind.WrongState, () => Relinquish(Other, RelinquishReason.Receive, content + 1));
        Same(new Relinquished(new Epoch(2)), () => Relinquish(Other, RelinquishReason.Seed));
    }

    [Fact]
    public void Relinquish_WhereAnotherNamesThisGroupTheOwnerSince_GivesWayAboveThat()
    {
        Relinquish(Other, RelinquishReason.Seed, known: 1);
        Assert.Equal(new Relinquished(new Epoch(6)), Relinquish(Third, RelinquishReason.Seed, known: 5));
        Assert.Equal(Third, Ownership.Other);
    }

    [Theory]
    [InlineData(4UL, false)]
    [InlineData(5UL, false)]
    public void HasTaken_BeforeTheInstall_IsFalse(ulong granted, bool expected) =>
        Assert.Equal(expected, HandOverRules.HasTaken(Ownership, new Epoch(granted)));

    [Fact]
    public void HasTaken_IsTrueFromTheInstallOn_UnlessDiscarded()
    {
        Install(5, """{"data":{}}""");
        Assert.True(HandOverRules.HasTaken(Ownership, new Epoch(5)));
        Assert.False(HandOverRules.HasTaken(Ownership, new Epoch(6)));
        HandOver();
        Assert.True(HandOverRules.HasTaken(Ownership, new Epoch(5)));
        Install(7, """{"data":{}}""");
        Discard(7);
        Assert.False(HandOverRules.HasTaken(Ownership, new Epoch(7)));
    }
}
