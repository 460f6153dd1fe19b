using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansShards.Backups;
using OrleansShards.Tests.Orleans.Silo.Api;

namespace OrleansShards.Tests.Orleans.Silo.Backups;

/// <summary>A cluster's backup, and another cluster that is restored from it: of another store and other groups.</summary>
public sealed class BackupRestoreTests
{
    private const int Keys = 40;

    private static readonly string[] Four = ["--shards", "4"];

    [Fact]
    public async Task Restore_IntoAnotherStoreAndOtherGroups_HasKeysAndSessions()
    {
        byte[] file = await BackedUpAsync(async api =>
        {
            (await api.PutAsync("/api/v1/keys/once?client_id=c&seq=7", "1")).IsDone();
            (await api.PutAsync("/api/v1/keys/once", "2")).IsDone();
            (await api.PutAsync("/api/v1/keys/large", Large)).IsDone();
            (await api.ActAsync("move", """{"shard":1,"gid":"n2"}""")).IsDone();
        });
        BackupReport report = await BackupClient.VerifyAsync(file);
        Assert.Equal((Keys + 2, 4, 1), ((int)report.Keys, report.Shards.Count, (int)report.Sessions));
        JsonElement masters = JsonDocument.Parse(report.Masters).RootElement;
        Assert.Equal("n2", masters.GetProperty("pins").GetProperty("1").GetString());
        Assert.Equal(4, masters.GetProperty("map").GetProperty("shards").EnumerateObject().Count());

        using SiloRun fresh = new(
            [.. Four, "--cluster", "directory", "--nodes", "m1,m2,a,b", "--groups", "a,b", "--cluster-id", "elsewhere"]);
        await fresh.UntilReadyIsAsync(true);
        using ApiClient api = new(fresh);
        using BackupClient backups = new(fresh);
        JsonElement plan = (await backups.RestoreAsync(file, plan: true)).IsDone();
        Assert.Equal((Keys + 2, "none"), (plan.GetProperty("keys").GetInt32(), plan.GetProperty("phase").GetString()));
        (await api.GetAsync("/api/v1/keys/large")).IsProblem(HttpStatusCode.NotFound, 20, "");

        JsonElement done = (await backups.RestoreAsync(file)).IsDone();
        Assert.Equal(
            ("committed", report.Backup, report.Keys),
            (done.GetProperty("phase").GetString(), done.GetProperty("backup").GetString(), done.GetProperty("keys").GetInt64()));
        for (int key = 0; key < Keys; key++)
            Assert.Equal(Text(key * key), (await api.GetAsync($"/api/v1/keys/k{key}")).Field("value"));

        Assert.Equal(Large.Trim('"'), (await api.GetAsync("/api/v1/keys/large")).Field("value"));

        // Carried out before the backup: its repetition is answered, and changes nothing.
        (await api.PutAsync("/api/v1/keys/once?client_id=c&seq=7", "1")).IsDone();
        Assert.Equal("2", (await api.GetAsync("/api/v1/keys/once")).Field("value"));
        (await backups.RestoreAsync(file)).IsProblem(HttpStatusCode.Conflict, 22, $"restored from backup {report.Backup} already");

        // And it is a cluster like any other: its own backup has the same content.
        BackupReport again = await BackupClient.VerifyAsync(await backups.BackUpAsync());
        Assert.Equal(("elsewhere", report.Keys, report.Bytes), (again.Cluster, again.Keys, again.Bytes));

        JsonElement run = await api.UntilEventAsync("backup", static run => run.GetProperty("phase").GetString() == "done");
        Assert.Equal(("backup", 3, 4), (
            run.GetProperty("operation").GetString(), run.GetProperty("shard").GetInt32(), run.GetProperty("shards").GetInt32()));
        Assert.True(run.GetProperty("bytes").GetInt64() > 0);
        Assert.StartsWith("backup ", run.GetProperty("text").GetString(), StringComparison.Ordinal);
        (_, string metrics) = await fresh.GetAsync("/metrics");
        Assert.Contains("orleansshards_backup_failures_total{operation=\"restore\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("orleansshards_backup_last_success_time_seconds{operation=\"backup\"} ", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_WhatCannotBe_IsRefusedAndChangesNothing()
    {
        byte[] file = await BackedUpAsync(static _ => Task.CompletedTask);
        using SiloRun other = new("--shards", "8");
        using SiloRun fresh = new(Four);
        await other.UntilReadyIsAsync(true);
        await fresh.UntilReadyIsAsync(true);
        using BackupClient toOther = new(other);
        using BackupClient backups = new(fresh);
        using ApiClient api = new(fresh);

        (await toOther.RestoreAsync(file)).IsProblem(
            HttpStatusCode.Conflict, 22, "the backup has 4 shards, and this cluster has 8; expected as many");
        (await backups.RestoreAsync(file[..^20])).IsProblem(HttpStatusCode.BadRequest, 12, "is cut off at its end");
        byte[] damaged = [.. file];
        damaged[file.Length / 2] ^= 4;
        (await backups.RestoreAsync(damaged)).IsProblem(HttpStatusCode.BadRequest, 12, "the backup is damaged");
        (await backups.RestoreAsync([1, 2, 3])).IsProblem(HttpStatusCode.BadRequest, 12, "no backup of OrleansShards");
        Assert.Equal("aborted", (await api.GetAsync("/api/v1/restore")).Field("phase"));
        (await api.GetAsync("/api/v1/keys/k1")).IsProblem(HttpStatusCode.NotFound, 20, "");

        (await api.PutAsync("/api/v1/keys/here", "1")).IsDone();
        (await backups.RestoreAsync(file)).IsProblem(HttpStatusCode.Conflict, 22, "the cluster is not fresh: shard");
        Assert.Equal("1", (await api.GetAsync("/api/v1/keys/here")).Field("value"));
        (await api.SendAsync(HttpMethod.Delete, "/api/v1/keys/here", null)).IsDone();
        (await backups.RestoreAsync(file)).IsDone();
        Assert.Equal("1", (await api.GetAsync("/api/v1/keys/k1")).Field("value"));
    }

    [Fact]
    public async Task Restore_BrokenOff_ServesNothingOfItAndCanBeRepeated()
    {
        byte[] file = await BackedUpAsync(static api => api.PutAsync("/api/v1/keys/large", Large));
        using SiloRun fresh = new(Four);
        await fresh.UntilReadyIsAsync(true);
        using ApiClient api = new(fresh);
        using BackupClient backups = new(fresh);
        await backups.BreakOffAsync(file[..(file.Length / 2)], async () =>
        {
            await api.UntilAsync("/api/v1/restore", static status => status.GetProperty("phase").GetString() == "receiving");
            await api.UntilAsync("/api/v1/shards/3", static shard => shard.GetProperty("phase").GetString() == "restoring");
            (await api.PutAsync("/api/v1/keys/k1", "5")).IsProblem(HttpStatusCode.ServiceUnavailable, 11, "being restored from a backup");
        });

        await api.UntilAsync("/api/v1/restore", static status => status.GetProperty("phase").GetString() == "aborted");
        await api.UntilAsync("/api/v1/shards/3", static shard => shard.GetProperty("phase").GetString() == "serving");
        (await api.GetAsync("/api/v1/keys/k1")).IsProblem(HttpStatusCode.NotFound, 20, "");
        (await backups.RestoreAsync(file)).IsDone();
        Assert.Equal("1", (await api.GetAsync("/api/v1/keys/k1")).Field("value"));
    }

    [Fact]
    public async Task Restore_SiloKilledInBetween_IsOpenUntilItIsRepeatedOrGivenUp()
    {
        byte[] file = await BackedUpAsync(static _ => Task.CompletedTask);
        using TemporaryData data = new();
        string[] options = [.. Four, "--data", data.Path];
        using (SiloRun first = new(options))
        {
            await first.UntilReadyIsAsync(true);
            using ApiClient api = new(first);
            using BackupClient backups = new(first);
            await backups.BreakOffAsync(file[..(file.Length / 2)], async () =>
            {
                await api.UntilAsync("/api/v1/shards/3", static shard => shard.GetProperty("phase").GetString() == "restoring");
                first.Kill();
            });
        }

        using SiloRun second = new(options);
        await second.UntilReadyIsAsync(true);
        using ApiClient again = new(second);
        Assert.Equal("receiving", (await again.GetAsync("/api/v1/restore")).Field("phase"));
        (await again.GetAsync("/api/v1/keys/k1")).IsProblem(HttpStatusCode.ServiceUnavailable, 11, "being restored from a backup");

        (await again.SendAsync(HttpMethod.Delete, "/api/v1/restore", null)).IsDone();
        (await again.GetAsync("/api/v1/keys/k1")).IsProblem(HttpStatusCode.NotFound, 20, "");
        using BackupClient repeated = new(second);
        (await repeated.RestoreAsync(file)).IsDone();
        Assert.Equal("1", (await again.GetAsync("/api/v1/keys/k1")).Field("value"));
    }

    private static string Large { get; } = $"\"{new string('x', 1_000_000)}\"";

    private static async Task<byte[]> BackedUpAsync(Func<ApiClient, Task> more)
    {
        using SiloRun silo = new(Four);
        await silo.UntilReadyIsAsync(true);
        using ApiClient api = new(silo);
        for (int key = 0; key < Keys; key++)
            (await api.PutAsync($"/api/v1/keys/k{key}", Text(key * key))).IsDone();

        await more(api);
        using BackupClient backups = new(silo);
        return await backups.BackUpAsync();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class TemporaryData : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("orleansshards-backup-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
