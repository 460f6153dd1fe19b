using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansShards.Client.Routing;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Storage;
using OrleansShards.Storage;
using OrleansShards.Storage.Directory;
using OrleansShards.Storage.Sqlite;
using OrleansShards.Tests.Orleans.Cluster;
using OrleansShards.Tests.Orleans.Silo;
using OrleansShards.Tests.Recording;
using OrleansShards.Tests.Storage;
using OrleansShards.Tests.Storage.Disks;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>Silos whose disk fails, or has damaged what they stored: what their clients get, and what the other shards do.</summary>
public sealed class FailingDiskTests : IDisposable
{
    private const int Keys = 48;
    private const int InputOutputError = 5;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private DirectoryLogStoreOptions Shared => new() { Directory = _directory.File("logs") };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Flush_FailsUnderOneOfTwoSilos_ItServesNothingMore_AndTheOtherDoes()
    {
        // A silo each: n1 and n3 live in the first one, n2 in the second.
        DirectoryFaults faults = new();
        await using DirectoryLogStore failing = await DirectoryLogStore.OpenAsync(Shared with { Faults = faults }, Stop);
        await using DirectoryLogStore sound = await DirectoryLogStore.OpenAsync(Shared, Stop);
        ConcurrentQueue<(string[] Groups, ILogStore Store)> silos = new([(["n1", "n3"], failing), (["n2"], sound)]);
        ConcurrentDictionary<string, ILogStore> stores = new();
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(
            2,
            (silo, options) =>
            {
                Assert.True(silos.TryDequeue(out (string[] Groups, ILogStore Store) own), $"silo {silo} is one too many");
                Array.ForEach(own.Groups, options.Groups.Add);
                stores[silo] = own.Store;
            },
            extend: silo => silo.Services.AddSingleton<ILogStoreSource>(services => new OneStore(
                () => stores[services.GetRequiredService<IOptions<SiloOptions>>().Value.SiloName])));
        for (int key = 0; key < Keys; key++)
            Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(key, key));

        faults.FailNextSync(InputOutputError);
        ClientOutcome[] outcomes = await WriteAllAsync(cluster, 1000);
        Assert.Equal(0, faults.TakeSyncFailure());
        Assert.Contains(outcomes, static outcome => outcome is ClientOutcome.Applied);
        string[] refused = [.. outcomes.Select(Reason).OfType<string>()];
        Assert.NotEmpty(refused);
        Assert.All(refused, AssertNamesTheDisk);

        // Neither does it serve reads: not of what it wrote before the failure, either.
        ClientOutcome[] reads = await AllAsync(cluster.ReadAsync);
        Assert.Contains(reads, static outcome => outcome is ClientOutcome.Applied);
        for (int key = 0; key < Keys; key++)
        {
            if (outcomes[key] is not ClientOutcome.Applied)
                AssertNamesTheDisk(Reason(reads[key]) ?? $"key {key} was read");
        }
    }

    [Fact]
    public async Task Flush_FailsUnderTheOnlySilo_NothingIsServedUntilItStartsAgain_AndThenWhatWasAcknowledged()
    {
        BadDisk disk = new(_directory.Path, new Random(1));
        SqliteLogStoreOptions options = new()
        {
            Directory = _directory.Path,
            Faults = new() { FileLayer = BadDiskLayer.Mount(disk) },
        };
        await using (OrleansCluster cluster = await OrleansCluster.StartAsync(1, store: await SqliteLogStore.OpenAsync(options, Stop)))
        {
            for (int key = 0; key < Keys; key++)
                Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(key, key));

            disk.FailAfter(DiskCall.Flush, 0, DiskFault.Fails, "-wal");
            ClientOutcome[] outcomes = await WriteAllAsync(cluster, 1000);
            Assert.NotNull(disk.Felt);
            Assert.All(outcomes, static outcome => Assert.IsNotType<ClientOutcome.Applied>(outcome));
            Assert.All(await AllAsync(cluster.ReadAsync), static outcome => AssertNamesTheDisk(Reason(outcome)!));
            StoreWatch watch = cluster.Silos.GetActiveSilos().Single().ServiceProvider.GetRequiredService<StoreWatch>();
            await Condition.HoldsAsync(
                () => watch.WriteTrouble?.Contains("The disk failed", StringComparison.Ordinal) == true,
                () => $"the silo says that its disk failed, not: {watch.WriteTrouble}");
        }

        disk.CutPower();
        using TemporaryDirectory left = new();
        BadDisk.Restore(disk.Left, left.Path);
        await using OrleansCluster again = await OrleansCluster.StartAsync(
            1, store: await SqliteLogStore.OpenAsync(new() { Directory = left.Path }, Stop));
        for (int key = 0; key < Keys; key++)
            Assert.Contains(OrleansCluster.Value(await again.ReadAsync(key)), new[] { Text(key), Text(key + 1000) });
    }

    public static TheoryData<FileStore> Stores => [FileStore.Sqlite, FileStore.Directory];

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task RecordDamaged_ItsShardIsNotServedAndSaysWhy_AndTheOthersAre(FileStore kind)
    {
        const int Needle = 735_195_001;
        await using (OrleansCluster cluster = await StartAsync(kind))
        {
            for (int key = 0; key < Keys; key++)
                Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(key, key == 0 ? Needle : key));
        }

        string damaged = FlipABitOf(Text(Needle));
        await using OrleansCluster again = await StartAsync(kind);
        ClientOutcome[] reads = await AllAsync(again.ReadAsync);
        Assert.IsNotType<ClientOutcome.Applied>(reads[0]);
        for (int key = 1; key < Keys; key++)
        {
            if (reads[key] is ClientOutcome.Applied)
                Assert.Equal(Text(key), OrleansCluster.Value(reads[key]));
        }

        Assert.True(reads.Count(static read => read is ClientOutcome.Applied) > Keys / 2, "other shards should be served");
        string expected = kind == FileStore.Directory ? damaged : "checksum";
        Assert.Contains(expected, Reason(reads[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SiloStarts_ItsWalIsDamaged_EndsWithALineThatNamesIt()
    {
        using SiloRun first = new();
        await first.UntilReadyIsAsync(true);
        first.Kill();
        string file = Path.Combine(first.Data, "logs.db-wal");
        byte[] bytes = await File.ReadAllBytesAsync(file, Stop);
        Assert.True(bytes.Length > 10_000, $"{file} has {bytes.Length} bytes");
        bytes.AsSpan(4096, 64).Fill(0xff);
        await File.WriteAllBytesAsync(file, bytes, Stop);

        using SiloRun second = new("--data", first.Data);
        Assert.Equal(1, await second.EndedAsync());
        string error = Assert.Single((await second.Errors).Trim().Split('\n'));
        Assert.Contains($"'{file}' is damaged", error, StringComparison.Ordinal);
        Assert.Contains("Restore the directory from a copy", error, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file, Stop));
    }

    private async Task<OrleansCluster> StartAsync(FileStore kind) => await OrleansCluster.StartAsync(1, store: kind == FileStore.Sqlite
        ? await SqliteLogStore.OpenAsync(new() { Directory = _directory.Path }, Stop)
        : await DirectoryLogStore.OpenAsync(Shared, Stop));

    /// <summary>In the one file that has this. Returns the file.</summary>
    private string FlipABitOf(string text)
    {
        foreach (string file in Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories))
        {
            byte[] bytes = File.ReadAllBytes(file);
            if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) is var at and >= 0)
            {
                bytes[at] ^= 1;
                File.WriteAllBytes(file, bytes);
                return file;
            }
        }

        throw new InvalidOperationException($"no file has {text}");
    }

    private static Task<ClientOutcome[]> WriteAllAsync(OrleansCluster cluster, int more) =>
        AllAsync(key => cluster.WriteAsync(key, key + more));

    private static Task<ClientOutcome[]> AllAsync(Func<int, Task<ClientOutcome>> ask) =>
        Task.WhenAll(Enumerable.Range(0, Keys).Select(ask));

    private static void AssertNamesTheDisk(string reason)
    {
        Assert.Contains("The disk failed under", reason, StringComparison.Ordinal);
        Assert.Contains("start this process again", reason, StringComparison.Ordinal);
    }

    private static string? Reason(ClientOutcome outcome) => outcome switch
    {
        ClientOutcome.NotApplied refused => refused.Text,
        ClientOutcome.Unknown unknown => unknown.Text,
        _ => null,
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class OneStore(Func<ILogStore> store) : ILogStoreSource
    {
        public Task<ILogStore> OpenAsync() => Task.FromResult(store());
    }
}
