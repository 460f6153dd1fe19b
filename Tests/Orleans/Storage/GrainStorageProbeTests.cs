using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Storage;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Storage.Sqlite;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

public sealed class GrainStorageProbeTests(StorageSilo silo) : IClassFixture<StorageSilo>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_ProviderThatLooksBeforeItWrites_IsRefusedByName()
    {
        ScriptedGrainStorage storage = new() { LooksBeforeItWrites = true };

        LogStoreException refusal = await RefusalAsync(storage);

        Assert.Contains($"'tables' ({typeof(ScriptedGrainStorage).FullName})", refusal.Message, StringComparison.Ordinal);
        Assert.Matches("record [1-4] had ([2-9]|1[0-6]) winners of 16; expected 1", refusal.Message);
        Assert.Contains("unique index", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ProviderThatOverwritesWithoutETag_IsRefused()
    {
        LogStoreException refusal = await RefusalAsync(new ScriptedGrainStorage { OverwritesWithoutETag = true });
        Assert.Contains("record 1 had 16 winners of 16", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ProviderThatIgnoresETags_IsRefused()
    {
        LogStoreException refusal = await RefusalAsync(new ScriptedGrainStorage { IgnoresETags = true });
        Assert.Contains("the change of record 1 had 16 winners of 16", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ProviderThatCannotBeReached_SaysWhy()
    {
        ScriptedGrainStorage storage = new() { BeforeWrite = static _ => new TimeoutException("no answer from db7") };
        LogStoreException refusal = await RefusalAsync(storage);
        Assert.Contains("0 winners of 16, and nothing was there afterwards", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("no answer from db7", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Check_SafeProvider_IsAcceptedAndLeftEmpty(bool keepsMarks)
    {
        ScriptedGrainStorage storage = new() { KeepsMarks = keepsMarks };
        await GrainStorageProbe.CheckAsync(storage, "tables");
        Assert.Empty(storage.Keys);
    }

    [Fact]
    public async Task Check_LosersGetTheDatabasesOwnError_IsAccepted()
    {
        ScriptedGrainStorage storage = new() { LosesWith = static () => new InvalidOperationException("23505: duplicate key") };
        await GrainStorageProbe.CheckAsync(storage, "tables");
    }

    [Fact]
    public Task Check_MemoryStorageOfOrleans_IsAccepted() => GrainStorageProbe.CheckAsync(silo.MemoryStorage, StorageSilo.Memory);

    [Fact]
    public async Task Check_OwnStores_AreAccepted()
    {
        using TemporaryDirectory directory = new();
        await using InMemoryLogStore memory = new();
        await using SqliteLogStore sqlite =
            await SqliteLogStore.OpenAsync(new SqliteLogStoreOptions { Directory = directory.Path }, Stop);
        foreach (ILogStore store in new ILogStore[] { memory, sqlite })
        {
            await LogStoreProbe.CheckAsync(store, new LogName("probe"), "own");
            Assert.DoesNotContain(new LogName("probe"), await store.ListAsync(Stop));
        }
    }

    [Fact]
    public async Task Check_PostgresStore_IsAccepted()
    {
        await using TestSchema schema = new();
        await using ILogStore store = await schema.OpenAsync();
        await LogStoreProbe.CheckAsync(store, new LogName("probe"), "own");
    }

    [Fact]
    public async Task Check_SharedStoreProbedManyTimes_KeepsABoundedNumberOfRecords()
    {
        await using InMemoryLogStore store = new();
        const int Probes = 20;
        const int Kept = 40;
        for (int probe = 0; probe < Probes; probe++)
        {
            await LogStoreProbe.CheckAsync(store, new LogName("probe"), "own", Kept);
            (IReadOnlyList<StoredRecord> records, _) = await store.ReadAsync(new LogName("probe"), LogIndex.None, 1 << 20, Stop);
            Assert.Equal(Math.Min(4 * (probe + 1), Kept), records.Count);
        }
    }

    [Fact]
    public async Task Check_SharedStoreProbedByManyAtOnce_AcceptsAll()
    {
        await using InMemoryLogStore store = new();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ =>
            Task.Run(() => LogStoreProbe.CheckAsync(store, new LogName("probe"), "own", LogStoreProbe.KeptIfShared), Stop)));
    }

    [Fact]
    public async Task Check_PostgresStoreOfSeveralSilos_LeavesOneLogBesideTheClusters()
    {
        await using TestSchema schema = new();
        for (int start = 0; start < 3; start++)
        {
            ServiceCollection services = [];
            services.AddLogging().Configure<ClusterOptions>(static options => options.ClusterId = "own");
            new BareSilo(services).AddPostgresLogStore(schema.Options);
            await using ServiceProvider provider = services.BuildServiceProvider();
            await provider.GetRequiredService<ILogStoreSource>().OpenAsync();
        }

        Assert.Equal("cluster probe", await schema.AskAsync($"select string_agg(name, ' ' order by name) from {schema.Name}.logs"));
    }

    [Fact]
    public async Task Check_LogStoreWhoseRecordVanishes_IsRefused()
    {
        await using InMemoryLogStore memory = new();
        await using FaultyLogStore store = new(memory);
        for (int racer = 0; racer < 16; racer++)
            store.NextPut(PutFault.UnknownNotApplied);

        LogStoreException refusal = await Assert.ThrowsAsync<LogStoreException>(
            () => LogStoreProbe.CheckAsync(store, new LogName("probe"), "the store"));
        Assert.Contains("record 1 had 0 winners of 16, and nothing was there afterwards", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<LogStoreException> RefusalAsync(IGrainStorage storage) =>
        Assert.ThrowsAsync<LogStoreException>(() => GrainStorageProbe.CheckAsync(storage, "tables"));

    private sealed record BareSilo(IServiceCollection Services) : ISiloBuilder
    {
        public IConfiguration Configuration { get; } = new ConfigurationBuilder().Build();
    }
}
