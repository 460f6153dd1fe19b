using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime.Hosting;
using Orleans.TestingHost;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Storage.Postgres;
using OrleansShards.Storage.Sqlite;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>A silo that was told where its logs live.</summary>
public sealed class LogStoreRegistrationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Source_OwnStore_IsOneAndEndsWithTheSilo()
    {
        using TemporaryDirectory directory = new();
        ILogStore store;
        await using (InProcessTestCluster cluster = await StorageSilo.StartAsync(builder => builder.AddSqliteLogStore(directory.Path)))
        {
            ILogStoreSource source = cluster.Silos[0].ServiceProvider.GetRequiredService<ILogStoreSource>();
            store = await source.OpenAsync();
            Assert.Same(store, await source.OpenAsync());
        }

        await Assert.ThrowsAsync<LogStoreException>(async () => await store.ListAsync(Stop));
        await using SqliteLogStore again = await SqliteLogStore.OpenAsync(new SqliteLogStoreOptions { Directory = directory.Path }, Stop);
    }

    [Fact]
    public async Task Source_AnyOtherProvider_IsOneRecordOneState()
    {
        await using InProcessTestCluster cluster = await StorageSilo.StartAsync(static builder => builder
            .AddMemoryGrainStorage(StorageSilo.Memory)
            .AddGrainStateLogStore(StorageSilo.Memory));
        ILogStoreSource source = cluster.Silos[0].ServiceProvider.GetRequiredService<ILogStoreSource>();
        GrainStateLogStore store = Assert.IsType<GrainStateLogStore>(await source.OpenAsync());
        (PutOutcome outcome, _) = await store.PutAsync(LogName.Master, new LogIndex(1), new byte[] { 1 }, Stop);
        Assert.Equal(PutOutcome.Stored, outcome);
    }

    [Fact]
    public async Task Source_StoreOfAnotherCluster_IsRefusedBeforeAnythingIsWritten()
    {
        using TemporaryDirectory directory = new();
        await using (SqliteLogStore store = await SqliteLogStore.OpenAsync(new() { Directory = directory.Path }, Stop))
            await ClusterClaim.TakeAsync(store, "first", "The logs");

        string text = await StartErrorAsync(builder => builder
            .AddSqliteLogStore(directory.Path)
            .AddOrleansShards(static options => options.StoreClusterId = "second"));
        Assert.Contains("belongs to the cluster 'first'; this is the cluster 'second'", text, StringComparison.Ordinal);
        await using SqliteLogStore after = await SqliteLogStore.OpenAsync(new() { Directory = directory.Path }, Stop);
        Assert.Equal([ClusterClaim.Log], await after.ListAsync(Stop));
    }

    [Fact]
    public async Task Start_UnsafeProvider_FailsWithItsNameAndWhatWasSeen()
    {
        string text = await StartErrorAsync(static builder =>
        {
            builder.Services.AddGrainStorage("tables", static (_, _) => new ScriptedGrainStorage { LooksBeforeItWrites = true });
            builder.AddGrainStateLogStore("tables");
        });
        Assert.Contains("grain storage provider 'tables'", text, StringComparison.Ordinal);
        Assert.Matches("record [1-4] had ([2-9]|1[0-6]) winners of 16", text);
    }

    [Fact]
    public async Task Start_WrongOptions_FailsWithAllThatIsWrong()
    {
        string text = await StartErrorAsync(static builder => builder
            .AddSqliteLogStore(new SqliteLogStoreOptions { Directory = "", CacheMiB = 0 })
            .AddPostgresLogStore(new PostgresLogStoreOptions { ConnectionString = "Host=db", CommandTimeoutSeconds = 0 })
            .AddGrainStateLogStore("nowhere"));
        Assert.Contains("AddSqliteLogStore: Directory is missing.", text, StringComparison.Ordinal);
        Assert.Contains("CacheMiB is 0: expected 1 to 4096.", text, StringComparison.Ordinal);
        Assert.Contains("AddPostgresLogStore: CommandTimeoutSeconds is 0", text, StringComparison.Ordinal);
        Assert.Contains("there is no grain storage provider 'nowhere' in this silo", text, StringComparison.Ordinal);
        Assert.Contains("were called; expected one of them", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_FailsFirst_IsTriedAgainAndThenShared()
    {
        int tries = 0;
        await using InMemoryLogStore store = new();
        await using LogStoreSource source = new(
            "the store",
            () => ++tries == 1 ? throw new LogStoreException("not yet") : Task.FromResult<ILogStore>(store),
            static opened => LogStoreProbe.CheckAsync(opened, new LogName("probe"), "the store"));

        Assert.Equal("not yet", (await Assert.ThrowsAsync<LogStoreException>(source.OpenAsync)).Message);
        ILogStore[] opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => source.OpenAsync()));
        Assert.All(opened, one => Assert.Same(store, one));
        Assert.Equal(2, tries);

        await source.DisposeAsync();
        await Assert.ThrowsAsync<LogStoreException>(source.OpenAsync);
        await Assert.ThrowsAsync<LogStoreException>(async () => await store.ListAsync(Stop));
    }

    private static async Task<string> StartErrorAsync(Action<ISiloBuilder> configure)
    {
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(async () => await StorageSilo.StartAsync(configure));
        return failure.ToString();
    }
}
