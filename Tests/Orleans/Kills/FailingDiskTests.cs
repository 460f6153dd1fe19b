using System.Globalization;
using System.Text.Json;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Processes;
using OrleansShards.Tests.Recording;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>
/// Silos under load on a disk whose writes fail at the flush, for real: the kernel forgets what it could not write, and succeeds at the
/// next flush. A store that believed the second one would lose what was acknowledged, which the machine's restart brings to light.
/// </summary>
[Collection(FailureRuns.Name)]
public sealed class FailingDiskTests
{
    private const int AnswersBetween = 300;
    private const int WrittenBefore = 50;

    /// <summary>The store stops, its silo ends by name, and the next one serves as soon as the disk does.</summary>
    [Fact]
    public async Task FailedFlush_OnSqlite_EndsTheSiloAndLosesNothing()
    {
        using LoopDisk disk = new(journal: false);
        await using RunStore store = new(StoreKind.Sqlite, disk.Path);
        await RunAsync(store, disk, LogEvents.StoreStopped, static cluster => cluster.SettledAsync(ProcessCluster.Patience));
    }

    /// <summary>Writes are refused, or the store stops, which only the machine's restart ends.</summary>
    [Fact]
    public async Task FailedFlush_OnDirectory_LosesNothing()
    {
        using LoopDisk disk = new(journal: true);
        await using RunStore store = new(StoreKind.Directory, disk.Path);
        await RunAsync(store, disk, LogEvents.StoreFails, static _ => Task.CompletedTask);
    }

    /// <summary>A gateway with a silo of its own ends with it, by one line, and the next one has what was acknowledged.</summary>
    [Fact]
    public async Task FailedFlush_UnderAGateway_EndsItAndLosesNothing()
    {
        using LoopDisk disk = new(journal: false);
        int written = 0;
        using (GatewayPipe failing = await StartGatewayAsync(disk))
        {
            while (await WrittenAsync(failing, written + 1))
            {
                if (++written == WrittenBefore)
                    disk.Fail();
            }

            await Condition.HoldsAsync(() => failing.HasEnded, () => $"it has ended; it said {string.Join('\n', failing.Told)}");
            Assert.Equal(1, await failing.EndAsync(ProcessCluster.Patience));
            Assert.Contains(failing.Told, static line => line.Contains("this gateway ends, as its silo does: ", StringComparison.Ordinal));
        }

        disk.Heal();
        using (GatewayPipe next = await StartGatewayAsync(disk))
        {
            // The one whose outcome is unknown may be there.
            int found = await FoundAsync(next);
            Assert.InRange(found, written, written + 1);
            Assert.True(await WrittenAsync(next, found + 1), string.Join('\n', next.Told));
            written = found + 1;
            next.Kill();
        }

        disk.Restart();
        using GatewayPipe last = await StartGatewayAsync(disk);
        Assert.Equal(written, await FoundAsync(last));
    }

    private static async Task<GatewayPipe> StartGatewayAsync(LoopDisk disk)
    {
        GatewayPipe gateway = new(GatewayProcess.Command("--data", Path.Combine(disk.Path, "gateway")));
        JsonElement? init = await gateway.AskAsync("n1", "init", """, "node_id":"n1", "node_ids":["n1"]""", ProcessCluster.Patience);
        Assert.True(TypeOf(init) == "init_ok", $"init is answered; it said {string.Join('\n', gateway.Told)}");
        return gateway;
    }

    private static async Task<bool> WrittenAsync(GatewayPipe gateway, int value) =>
        TypeOf(await gateway.AskAsync("n1", "write", $$""", "key":"k", "value":{{value}}""", ProcessCluster.Patience)) == "write_ok";

    private static async Task<int> FoundAsync(GatewayPipe gateway)
    {
        JsonElement? answer = null;
        await Condition.HoldsAsync(
            async () => TypeOf(answer = await gateway.AskAsync("n1", "read", """, "key":"k" """, ProcessCluster.Patience)) == "read_ok",
            () => $"k is read; last: {answer}");
        return answer!.Value.GetProperty("value").GetInt32();
    }

    private static string? TypeOf(JsonElement? answer) => answer?.GetProperty("type").GetString();

    private static async Task RunAsync(RunStore store, LoopDisk disk, int told, Func<ProcessCluster, Task> onHealed)
    {
        await using ProcessCluster cluster = await ProcessCluster.StartAsync(store.ClusterId, store.Silos());
        Recorder recorder = new();
        int seed = Random.Shared.Next();
        Workload workload = new(cluster.Gateways, recorder, seed);
        IReadOnlyList<string> problems = await HistoryVerdict.DisturbAsync(recorder, workload, async () =>
        {
            await cluster.ServeAsync(recorder, workload, AnswersBetween);
            disk.Fail();
            await Condition.HoldsAsync(
                () => cluster.Logged(told) > 0, () => $"a silo that says what its store does\n{cluster.Told()}", ProcessCluster.Patience);
            disk.Heal();
            await onHealed(cluster);

            foreach (SiloSlot silo in cluster.Silos)
                silo.Kill();

            await Condition.HoldsAsync(
                () => !cluster.Silos.Any(static silo => silo.IsRunning), () => $"every silo's process has ended\n{cluster.Told()}");
            disk.Restart();
            foreach (SiloSlot silo in cluster.Silos)
                silo.HoldsBack = false;

            await cluster.SettledAsync(ProcessCluster.Patience);
            await cluster.ServeAsync(recorder, workload, AnswersBetween);
            return [];
        });

        string report = string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {recorder.Answered} acknowledged, {recorder.Open} unknown, {recorder.Refused} refused, "
            + $"{recorder.Repeated} repeated; attempts disturbed: {cluster.Counts}; {cluster.Starts} starts");
        Console.WriteLine(report);
        Assert.True(problems.Count == 0, $"{report}\n{string.Join('\n', problems)}\n{cluster.Told()}");
        Assert.True(cluster.Counts.Disturbed > 0, $"somebody feels it: {report}");
    }
}
