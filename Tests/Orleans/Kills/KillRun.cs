using System.Diagnostics;
using System.Globalization;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Orleans.Gateways;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>
/// Kills silos and gateways under load, each at a moment drawn by chance, and has them started again at once: also those that have
/// only just been started. In rounds: after each everything has to come back, and what clients saw is checked.
/// </summary>
internal sealed class KillRun(ProcessCluster cluster, int seed)
{
    /// <summary>Few enough for the search for linearizations, and for one of many to be looked at.</summary>
    private const int KillsARound = 25;

    private const int AnswersBetween = 40;
    private const int ProblemsTold = 20;

    /// <summary>One of so many is a gateway.</summary>
    private const int GatewayShare = 3;

    /// <summary>How many processes are killed on each store; <c>eng/kills.sh</c> sets it.</summary>
    private const string Variable = "ORLEANS_SHARDS_KILLS";

    private const int KillsDefault = 5;

    private readonly Random _draws = new(seed);
    private readonly Dictionary<GatewayNode, Task> _starting = [];
    private readonly List<TimeSpan> _recovered = [];
    private readonly List<string> _problems = [];
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private int _rounds;
    private int _siloKills;
    private int _gatewayKills;
    private int _allAtOnce;
    private long _answered;
    private long _refused;
    private long _open;
    private long _repeated;

    /// <summary>How many processes were killed.</summary>
    internal int Kills => _siloKills + _gatewayKills;

    private static int Wanted => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text
        ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
        : KillsDefault;

    /// <summary>What a run is worth nothing without.</summary>
    internal bool WasFelt => _siloKills > 0 && _gatewayKills > 0 && cluster.Counts.Disturbed > 0 && _answered > 0;

    /// <summary>All that is wrong with what clients saw.</summary>
    internal IReadOnlyList<string> Problems => _problems;

    /// <summary>A whole run on a store of its own, and its report; fails where anything is wrong, or nothing was felt.</summary>
    internal static async Task CheckAsync(StoreKind kind)
    {
        await using RunStore store = new(kind);
        await using ProcessCluster cluster = await ProcessCluster.StartAsync(store.ClusterId, store.Silos());
        KillRun run = new(cluster, Random.Shared.Next());

        await run.RunAsync(Wanted);

        (long bytes, _) = await store.SizeAsync();
        string report = string.Create(CultureInfo.InvariantCulture, $"{kind}: {run}; stored {bytes / 1e6:0.0} MB");
        Console.WriteLine(report);
        Assert.True(
            run.Problems.Count == 0, $"{report}\n{string.Join('\n', run.Problems.Take(ProblemsTold))}\n{cluster.Told()}");
        Assert.True(run.Kills >= Wanted && run.WasFelt, $"both kinds of process are killed, and somebody feels it: {report}");
    }

    /// <summary>Kills until so many processes were, or something is wrong.</summary>
    internal async Task RunAsync(int kills)
    {
        while (Kills < kills && _problems.Count == 0)
            await RoundAsync(Math.Min(kills, Kills + KillsARound));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kills} kills ({_siloKills} of silos, {_allAtOnce} times all of them at once; {_gatewayKills} of gateways) in "
        + $"{Stopwatch.GetElapsedTime(_startedAt).TotalMinutes:0.0} min, {_rounds} rounds, seed {seed}: {_answered} acknowledged, "
        + $"{_open} unknown, {_refused} refused, {_repeated} attempts repeated in their sessions; "
        + $"lost or done twice: {(_problems.Count == 0 ? "nothing" : $"{_problems.Count} problems")}; "
        + $"attempts disturbed: {cluster.Counts}; all served again after {Blow.Summary(_recovered)}");

    private async Task RoundAsync(int until)
    {
        Recorder recorder = new();
        Workload workload = new(cluster.Gateways, recorder, seed, _rounds++);
        _problems.AddRange(await HistoryVerdict.DisturbAsync(recorder, workload, async () =>
        {
            while (Kills < until)
            {
                await cluster.ServeAsync(recorder, workload, AnswersBetween);
                await Condition.PassesAsync(TimeSpan.FromMilliseconds(_draws.Next(1, 400)));
                await KillAsync();
            }

            long at = Stopwatch.GetTimestamp();
            await Task.WhenAll(_starting.Values);
            await cluster.SettledAsync(ProcessCluster.Patience);
            _recovered.Add(Stopwatch.GetElapsedTime(at));
            return [];
        }));

        _answered += recorder.Answered;
        _refused += recorder.Refused;
        _open += recorder.Open;
        _repeated += recorder.Repeated;
    }

    private async Task KillAsync()
    {
        GatewayNode[] gateways = [.. cluster.Gateways.Where(static gateway => gateway.IsUp)];
        if (gateways.Length > 0 && _gatewayKills * GatewayShare < Kills)
        {
            GatewayNode gateway = gateways[_draws.Next(gateways.Length)];
            if (_starting.TryGetValue(gateway, out Task? last))
                await last;

            gateway.Kill();
            _gatewayKills++;
            _starting[gateway] = Task.Run(gateway.StartAsync);
            return;
        }

        SiloSlot[] silos = [.. cluster.Silos.Where(static silo => silo.IsRunning)];
        if (silos.Length == 0)
            return;

        bool isAll = silos.Length > 1 && _draws.Next(12) == 0;
        _allAtOnce += isAll ? 1 : 0;
        foreach (SiloSlot silo in isAll ? silos : [silos[_draws.Next(silos.Length)]])
        {
            silo.Kill();
            silo.HoldsBack = false;
            _siloKills++;
        }
    }
}
