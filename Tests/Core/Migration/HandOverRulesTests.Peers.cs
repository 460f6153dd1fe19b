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
        Assert.Equal(TransferPhase.None, Standing.Phase);
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

        Assert.Equal((TransferPhase.Released, Other, new Epoch(6)), (Standing.Phase, Standing.Other, Standing.Epoch));
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
        Assert.Equal(TransferPhase.Serving, Standing.Phase);
    }

    [Fact]
    public void Discard_WhereItWasPassedOn_IsRefusedForEver()
    {
        Install(5, """{"data":{"x":1}}""");
        _shard.Do(new TransferEntry.Prepare(Third));
        SameRefusal(ShardRefusalKind.WrongState, () => Discard(5));
        _shard.Do(new TransferEntry.Confirm(Standing.Granted));
        Assert.Equal(Third, SameRefusal(ShardRefusalKind.WrongState, () => Discard(5)).Owner);
        Install(7, """{"data":{"x":1}}""");
        SameRefusal(ShardRefusalKind.WrongState, () => Discard(5));
        Assert.IsType<ShardDone>(Discard(7));
        SameRefusal(ShardRefusalKind.WrongState, () => Discard(5));
    }

    [Fact]
    public void Yield_WhereNeverOpened_LeavesATombstoneAboveAllEpochsHeardOf()
    {
        Assert.Equal(new Yielded(new Epoch(4)), Yield(Other, YieldReason.Seed, known: 3));

        Assert.Equal((TransferPhase.Released, Other), (Standing.Phase, Standing.Other));
        SameRefusal(ShardRefusalKind.Moved, () => Open(4));
        Same(new Yielded(new Epoch(4)), () => Yield(Other, YieldReason.Seed, known: 3));
        Same(new Yielded(new Epoch(4)), () => Yield(Other, YieldReason.Receive, known: 3));
        Assert.Equal(Other, SameRefusal(
            ShardRefusalKind.Moved, () => Yield(Third, YieldReason.Receive, known: 3)).Owner);
    }

    [Fact]
    public void Yield_WhereNeverOpened_IsGrantedForASnapshotToo() =>
        Assert.Equal(new Yielded(new Epoch(1)), Yield(Other, YieldReason.Receive));

    [Fact]
    public void Yield_WhereServedButEmpty_IsGrantedForASeedOnly()
    {
        Open(3);
        SameRefusal(ShardRefusalKind.Moved, () => Yield(Other, YieldReason.Receive));
        Assert.Equal(new Yielded(new Epoch(4)), Yield(Other, YieldReason.Seed, known: 1));
        Assert.Equal(ReleaseReason.Empty, Standing.Release);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Yield_WhereServedWithDataOrSessions_IsRefused(bool hasData)
    {
        Open(3);
        _shard.Do(hasData ? Keys.Write("1", "1") : Keys.Read("1", Keys.Client("c", 1)));
        Assert.Equal(ShardReplay.Self, SameRefusal(
            ShardRefusalKind.Moved, () => Yield(Other, YieldReason.Seed, known: 9)).Owner);
    }

    [Fact]
    public void Yield_WhereSealed_IsGrantedToTheTargetForTheSameContentOnly()
    {
        Sealed();
        ulong content = _shard.State.ContentDigest();
        SameRefusal(ShardRefusalKind.WrongState, () => Yield(Other, YieldReason.Receive, content + 1));
        SameRefusal(ShardRefusalKind.WrongState, () => Yield(Third, YieldReason.Receive, content));
        SameRefusal(ShardRefusalKind.WrongState, () => Yield(Other, YieldReason.Seed, content));
        Assert.Equal(TransferPhase.Sealed, Standing.Phase);
        Assert.Equal(new Yielded(new Epoch(2)), Yield(Other, YieldReason.Receive, content));
        Assert.Equal(TransferPhase.Granted, Standing.Phase);
        Same(new Yielded(new Epoch(2)), () => Yield(Other, YieldReason.Receive, content));
    }

    [Fact]
    public void Yield_WhereAborting_WaitsForTheEnd()
    {
        Aborting();
        SameRefusal(
            ShardRefusalKind.HandingOver, () => Yield(Other, YieldReason.Receive, _shard.State.ContentDigest()));
    }

    [Fact]
    public void Yield_AfterTheConfirmation_IsGrantedForTheSameContentOnly()
    {
        Sealed();
        ulong content = _shard.State.ContentDigest();
        _shard.Do(new TransferEntry.Confirm(Standing.Granted));

        Same(new Yielded(new Epoch(2)), () => Yield(Other, YieldReason.Receive, content));
        SameRefusal(ShardRefusalKind.WrongState, () => Yield(Other, YieldReason.Receive, content + 1));
        Same(new Yielded(new Epoch(2)), () => Yield(Other, YieldReason.Seed));
    }

    [Fact]
    public void Yield_WhereAnotherNamesThisGroupTheOwnerSince_GivesWayAboveThat()
    {
        Yield(Other, YieldReason.Seed, known: 1);
        Assert.Equal(new Yielded(new Epoch(6)), Yield(Third, YieldReason.Seed, known: 5));
        Assert.Equal(Third, Standing.Other);
    }

    [Theory]
    [InlineData(4UL, false)]
    [InlineData(5UL, false)]
    public void HasTaken_BeforeTheInstall_IsFalse(ulong granted, bool expected) =>
        Assert.Equal(expected, TargetRules.HasTaken(Standing, new Epoch(granted)));

    [Fact]
    public void HasTaken_IsTrueFromTheInstallOn_UnlessDiscarded()
    {
        Install(5, """{"data":{}}""");
        Assert.True(TargetRules.HasTaken(Standing, new Epoch(5)));
        Assert.False(TargetRules.HasTaken(Standing, new Epoch(6)));
        HandOver();
        Assert.True(TargetRules.HasTaken(Standing, new Epoch(5)));
        Install(7, """{"data":{}}""");
        Discard(7);
        Assert.False(TargetRules.HasTaken(Standing, new Epoch(7)));
    }
}
