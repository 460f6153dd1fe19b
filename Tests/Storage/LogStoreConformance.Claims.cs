using OrleansShards.Core;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Storage;

public abstract partial class LogStoreConformance
{
    private const string Described = "The store of this test";

    [Fact]
    public async Task Claim_StoreOfAnotherCluster_IsRefusedByNameAndNothingIsWritten()
    {
        await PutAllAsync(1);
        await ClusterClaim.TakeAsync(Store, "first", Described);
        await ClusterClaim.TakeAsync(Store, "first", Described);

        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => ClusterClaim.TakeAsync(Store, "second", Described));

        Assert.StartsWith(
            $"{Described} belongs to the cluster 'first'; this is the cluster 'second'.", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([ClusterClaim.Log, Log], await Store.ListAsync(Stop));
        Assert.False(await Store.ProbeAsync(ClusterClaim.Log, new LogIndex(2), Stop));
    }

    [Fact]
    public async Task Claim_StoreIsOpenedAgain_BelongsToTheSameCluster()
    {
        await ClusterClaim.TakeAsync(Store, "first", Described);
        await ReopenAsync();
        await Assert.ThrowsAsync<LogStoreException>(() => ClusterClaim.TakeAsync(Store, "second", Described));
        await ClusterClaim.TakeAsync(Store, "first", Described);
    }

    [Fact]
    public async Task Claim_AnotherComesBetweenLookAndPut_IsRefused()
    {
        await using var faulty = new FaultyLogStore(Store);
        var put = faulty.Hold(LogStoreCall.Put);
        var late = ClusterClaim.TakeAsync(faulty, "late", Described);
        await put.Arrived;
        await ClusterClaim.TakeAsync(Store, "first", Described);
        put.Open();

        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => late);
        Assert.Contains("belongs to the cluster 'first'", refusal.Message, StringComparison.Ordinal);
        faulty.KeepInner();
    }

    [Fact]
    public async Task Claim_ClustersRace_ExactlyOneGetsTheStore()
    {
        const int Clusters = 8;
        const int SilosOfEach = 4;
        using var start = new Barrier(Clusters * SilosOfEach);
        var winners = await Task.WhenAll(Enumerable.Range(0, Clusters * SilosOfEach).Select(silo => Task.Factory.StartNew(
            async () =>
            {
                var cluster = $"cluster {silo % Clusters}";
                start.SignalAndWait(Stop);
                var refusal = await Record.ExceptionAsync(() => ClusterClaim.TakeAsync(Store, cluster, Described));
                return (Cluster: cluster, Refusal: refusal);
            },
            Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));

        var winner = Assert.Single(winners.Where(silo => silo.Refusal is null).Select(silo => silo.Cluster).Distinct());
        Assert.Equal(SilosOfEach, winners.Count(silo => silo.Refusal is null));
        Assert.All(
            winners.Where(silo => silo.Refusal is not null),
            silo => Assert.Contains($"belongs to the cluster '{winner}'", silo.Refusal!.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PutFault.UnknownApplied, null)]
    [InlineData(PutFault.UnknownNotApplied, "has not taken the cluster's id")]
    [InlineData(PutFault.NotStored, "has not taken the cluster's id")]
    public async Task Claim_PutIsDoubtful_IsSettledByReadingBack(PutFault fault, string? refused)
    {
        await using var faulty = new FaultyLogStore(Store);
        faulty.NextPut(fault);
        var refusal = await Record.ExceptionAsync(() => ClusterClaim.TakeAsync(faulty, "first", Described));
        if (refused is null)
            Assert.Null(refusal);
        else
            Assert.Contains(refused, Assert.IsType<LogStoreException>(refusal).Message, StringComparison.Ordinal);

        await ClusterClaim.TakeAsync(Store, "first", Described);
        faulty.KeepInner();
    }

    [Fact]
    public async Task Claim_RecordIsDamaged_SaysSo()
    {
        await Store.PutAsync(ClusterClaim.Log, new LogIndex(1), Bytes("no record"), Stop);
        var refusal = await Assert.ThrowsAsync<LogStoreException>(() => ClusterClaim.TakeAsync(Store, "first", Described));
        Assert.Contains("does not say which cluster it belongs to", refusal.Message, StringComparison.Ordinal);
    }
}
