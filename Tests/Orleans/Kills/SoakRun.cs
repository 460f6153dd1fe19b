using System.Diagnostics;
using System.Globalization;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Orleans.Gateways;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>
/// Moves, switch-overs and takeovers under load for a long time, and what the processes and the store hold meanwhile. Of several silos the
/// first one's process is killed now and then while it has the primary; the others live as long as the run, and are what is measured.
/// </summary>
internal sealed class SoakRun(RunStore store, ProcessCluster cluster, int seed)
{
    private const int Shards = 16;
    private const int ProblemsTold = 20;

    /// <summary>For how many minutes; <c>eng/kills.sh soak</c> sets it.</summary>
    private const string Variable = "ORLEANS_SHARDS_SOAK_MINUTES";

    // A file is a record, and a log has as many as come between two of its checkpoints: they rise and fall over hours.
    private static readonly double RecordsMax = (Shards + 1) * new LogOptions().CheckpointRecords;

    private static readonly TimeSpan StepTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RoundTime = TimeSpan.FromMinutes(2);

    /// <summary>Below that a process has not yet been used once in every way, and growth says nothing.</summary>
    private static readonly TimeSpan JudgedFrom = TimeSpan.FromMinutes(10);

    private readonly Random _draws = new(seed);
    private readonly SoakTable _table = new();
    private readonly List<string> _problems = [];
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private int _steps;
    private int _rounds;
    private int _kills;
    private long _answered;
    private long _refused;
    private long _open;
    private long _repeated;

    private static TimeSpan Wanted => TimeSpan.FromMinutes(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text
        ? double.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture)
        : 0);

    private TimeSpan Now => Stopwatch.GetElapsedTime(_startedAt);

    /// <summary>A whole run on a store of its own, and its table; fails where anything is wrong, or has grown.</summary>
    internal static async Task CheckAsync(StoreKind kind)
    {
        Assert.SkipWhen(Wanted == TimeSpan.Zero, "it says something after ten minutes or more: eng/kills.sh soak");
        await using RunStore store = new(kind);
        await using ProcessCluster cluster = await ProcessCluster.StartAsync(store.ClusterId, store.Silos());
        SoakRun run = new(store, cluster, Random.Shared.Next());
        int termsAtStart = cluster.Logged(LogEvents.TermChanged);

        await run.RunAsync(Wanted);

        bool isJudged = Wanted >= JudgedFrom;
        string report = $"{kind}: {run}{(isJudged ? "" : $"too short for a verdict: {JudgedFrom.TotalMinutes} min at least\n")}";
        Console.WriteLine(report);
        IReadOnlyList<string> problems = [.. run._problems, .. isJudged ? run._table.Problems(Wanted) : []];
        Assert.True(problems.Count == 0, $"{string.Join('\n', problems.Take(ProblemsTold))}\n{report}\n{cluster.Told()}");
        Assert.True(cluster.Logged(LogEvents.MoveEnded) > 0, $"a move has ended: {report}");
        Assert.True(cluster.Logged(LogEvents.TermChanged) > termsAtStart, $"the primary has changed: {report}");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"soaked for {Now.TotalMinutes:0.0} min, {_rounds} rounds, seed {seed}: {_answered} acknowledged, {_open} unknown, "
        + $"{_refused} refused, {_repeated} attempts repeated; {cluster.Logged(LogEvents.MoveEnded)} times a silo said that a move had "
        + $"ended, {cluster.Logged(LogEvents.TermChanged)} times that a term had begun; {_kills} primaries' silos killed, "
        + $"{cluster.Starts - cluster.Silos.Count - cluster.Gateways.Count} processes started again; "
        + $"lost or done twice: {(_problems.Count == 0 ? "nothing" : $"{_problems.Count} problems")}\n{_table.Text(Wanted)}");

    private async Task RunAsync(TimeSpan time)
    {
        while (Now < time && _problems.Count == 0)
            await RoundAsync(time);
    }

    private async Task RoundAsync(TimeSpan time)
    {
        Recorder recorder = new();
        Workload workload = new(cluster.Gateways, recorder, seed, _rounds++);
        long at = Stopwatch.GetTimestamp();
        _problems.AddRange(await HistoryVerdict.DisturbAsync(recorder, workload, async () =>
        {
            while (Stopwatch.GetElapsedTime(at) < RoundTime && Now < time)
            {
                await ReadAsync();
                await StepAsync();
                await Condition.PassesAsync(StepTime);
                Assert.False(workload.Failed.IsFaulted, workload.Failed.Exception?.ToString());
            }

            await cluster.SettledAsync(ProcessCluster.Patience);
            return [];
        }));

        _answered += recorder.Answered;
        _refused += recorder.Refused;
        _open += recorder.Open;
        _repeated += recorder.Repeated;
    }

    /// <summary>A move at each step; every eighth time another primary, in turns as planned and as a takeover; seldom a kill.</summary>
    private async Task StepAsync()
    {
        _steps++;
        SiloSlot[] silos = [.. cluster.Silos.Where(static silo => silo.IsRunning)];
        if (silos.Length == 0)
            return;

        SiloSlot asked = silos[_draws.Next(silos.Length)];
        await ProcessCluster.MoveAsync(asked, _draws.Next(Shards), _draws.Next(3));
        if (_steps % 8 == 0)
            await ProcessCluster.ActAsync(asked, _steps % 16 == 0 ? "failover" : "switchover", "{}");

        if (_steps % 60 == 5 && cluster.Silos.Count > 1)
            await KillPrimaryAsync();
    }

    private async Task KillPrimaryAsync()
    {
        SiloSlot victim = cluster.Silos[0];
        if (await cluster.PrimaryAsync() != victim)
            await ProcessCluster.ActAsync(victim, "switchover", "{}");

        victim.Kill();
        victim.HoldsBack = false;
        _kills++;
    }

    private async Task ReadAsync()
    {
        foreach (SiloSlot silo in cluster.Silos.Skip(cluster.Silos.Count > 1 ? 1 : 0))
            Read($"silo of {silo.Group.Split(',')[0]}", silo.Id);

        foreach (GatewayNode gateway in cluster.Gateways)
            Read($"gateway {gateway.Name}", gateway.Current.Id);

        (long bytes, int files) = await store.SizeAsync();
        _table.Add(new SoakQuantity("store, MB", 1.5, 32), Now, bytes / 1e6);
        if (files > 0)
            _table.Add(new SoakQuantity("store, files", 0, RecordsMax), Now, files);
    }

    private void Read(string who, int id)
    {
        if (!Directory.Exists($"/proc/{id}"))
            return;

        string status = File.ReadAllText($"/proc/{id}/status");
        _table.Add(new SoakQuantity($"{who}, resident MiB", 1.25, 48), Now, Field(status, "VmRSS:") / 1024.0);
        _table.Add(new SoakQuantity($"{who}, threads", 1, 12), Now, Field(status, "Threads:"));
        _table.Add(new SoakQuantity($"{who}, handles", 1.1, 24), Now, Directory.EnumerateFileSystemEntries($"/proc/{id}/fd").Count());
    }

    private static long Field(string status, string name)
    {
        string line = status.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
