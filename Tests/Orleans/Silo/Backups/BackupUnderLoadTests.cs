using System.Collections.Concurrent;
using System.Globalization;
using OrleansShards.Backups;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Orleans.Silo.Api;

namespace OrleansShards.Tests.Orleans.Silo.Backups;

/// <summary>
/// Backups while clients write and shards move: each has, of every key, a value that is at least as new as what was acknowledged before the
/// backup began, and no newer than what was asked for before it ended.
/// </summary>
public sealed class BackupUnderLoadTests
{
    private const int Keys = 12;
    private const int Backups = 4;

    private readonly ConcurrentDictionary<int, int> _acknowledged = new();
    private readonly ConcurrentDictionary<int, int> _asked = new();

    [Fact]
    public async Task BackUp_WhileShardsMove_HasEachShardWhole()
    {
        using SiloRun silo = new("--shards", "4");
        await silo.UntilReadyIsAsync(true);
        using CancellationTokenSource enough = new();
        for (int key = 0; key < Keys; key++)
            await WriteOnceAsync(silo, key, 1);

        IEnumerable<Task> writers = Enumerable.Range(0, Keys).Select(key => WriteAsync(silo, key, enough.Token));
        Task load = Task.WhenAll([MoveAsync(silo, enough.Token), .. writers]);
        using BackupClient backups = new(silo);
        for (int backup = 0; backup < Backups; backup++)
        {
            Dictionary<int, int> before = new(_acknowledged);
            byte[] file = await backups.BackUpAsync();
            Dictionary<int, int> after = new(_asked);
            Assert.Equal(4, (await BackupClient.VerifyAsync(file)).Shards.Count);
            Dictionary<int, int> values = await ValuesAsync(file);
            Assert.All(before, key => Assert.InRange(values[key.Key], key.Value, after[key.Key]));
        }

        await enough.CancelAsync();
        await load;
        using ApiClient api = new(silo);
        Assert.Contains(
            (await api.GetAsync("/api/v1/moves")).Body.GetProperty("finished").EnumerateArray(),
            static move => move.GetProperty("phase").GetString() == "committed");
        Assert.All(_acknowledged, static key => Assert.True(key.Value > 1, $"key {key.Key} was never written under load"));
    }

    private async Task WriteAsync(SiloRun silo, int key, CancellationToken enough)
    {
        for (int value = 2; !enough.IsCancellationRequested; value++)
            await WriteOnceAsync(silo, key, value);
    }

    // In a session, so that a repetition of what has no answer is carried out once.
    private async Task WriteOnceAsync(SiloRun silo, int key, int value)
    {
        using ApiClient api = new(silo);
        _asked[key] = value;
        for (int tries = 0; tries < 20; tries++)
        {
            ApiAnswer answer = await api.PutAsync($"/api/v1/keys/{key}?client_id=w{key}&seq={value}", Text(value));
            if (answer.Status == System.Net.HttpStatusCode.OK)
            {
                _acknowledged[key] = value;
                return;
            }
        }

        Assert.Fail($"key {key} was not written in twenty tries");
    }

    private static async Task MoveAsync(SiloRun silo, CancellationToken enough)
    {
        using ApiClient api = new(silo);
        for (int turn = 0; !enough.IsCancellationRequested; turn++)
        {
            int shard = turn % 4;
            string body = $$"""{"shard":{{shard}},"target_gid":"n{{1 + (turn / 4 % 3)}}"}""";
            await api.ActAsync("migrate", body);
            await api.UntilAsync(
                "/api/v1/moves",
                moves => moves.GetProperty("running").EnumerateArray().All(move => move.GetProperty("shard").GetInt32() != shard));
        }
    }

    private static async Task<Dictionary<int, int>> ValuesAsync(byte[] file)
    {
        using BackupReader reader = new(new MemoryStream(file));
        Dictionary<int, int> values = [];
        ShardState state = new(new GroupId("any"));
        await foreach (BackupPart part in reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            if (part is BackupPart.ShardBegin)
                state.Clear();
            else if (part is BackupPart.ShardChunk chunk)
                state.Restore(CheckpointManifest.OpenChunk(chunk.Bytes.Span, chunk.Number));
            else if (part is BackupPart.ShardEnd)
                Read(state, values);
        }

        return values;
    }

    private static void Read(ShardState state, Dictionary<int, int> values)
    {
        for (int key = 0; key < Keys; key++)
        {
            if (state.Read(JsonText.Parse($"\"{Text(key)}\"")) is { Verdict: KeyVerdict.Done } read)
                values.Add(key, int.Parse(read.Value.ToString(), CultureInfo.InvariantCulture));
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
