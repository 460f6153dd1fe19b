using System.Diagnostics;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>
/// Kills and stops gateways of a cluster under load, and brings them back under the same names. Now and then the next fault
/// comes as soon as operations are answered again, before everything has recovered.
/// </summary>
internal sealed class Nemesis(GatewayCluster cluster, Recorder recorder, Workload workload, int seed)
{
    private const int AnswersBetween = 200;

    /// <summary>
    /// In this order, again and again. All but the last, which takes long, are applied in every run. The primary's node is
    /// down until the others serve everything, so that Orleans has to find out; others are back before that, or after.
    /// </summary>
    private static readonly Fault[] Plan =
    [
        new(BlowKind.Kill, FaultScope.One), new(BlowKind.ShortStop, FaultScope.One),
        new(BlowKind.Kill, FaultScope.Majority), new(BlowKind.ShortStop, FaultScope.All),
        new(BlowKind.Kill, FaultScope.Primary), new(BlowKind.ShortStop, FaultScope.Majority),
        new(BlowKind.Kill, FaultScope.All), new(BlowKind.ShortStop, FaultScope.Primary),
        new(BlowKind.LongStop, FaultScope.One),
    ];

    private readonly Random _draws = new(seed);
    private readonly List<AppliedFault> _applied = [];

    /// <summary>What was done so far.</summary>
    internal IReadOnlyList<AppliedFault> Applied => _applied;

    /// <summary>Goes on for so long, and until everything but the last of the plan was done; then waits for recovery.</summary>
    internal async Task RunAsync(TimeSpan time)
    {
        long startedAt = Stopwatch.GetTimestamp();
        for (int turn = 0; Stopwatch.GetElapsedTime(startedAt) < time || turn < Plan.Length - 1; turn++)
            await ApplyAsync(Plan[turn % Plan.Length], isPatient: _draws.Next(3) > 0);

        await cluster.SettledAsync();
    }

    /// <summary>What a run is worth nothing without: every fault but the last was applied, and somebody felt it.</summary>
    internal IEnumerable<string> Gaps() => Plan[..^1]
        .Where(fault => !_applied.Exists(applied => applied.Fault == fault && applied.Disturbed > 0))
        .Select(fault => $"{fault} was never applied, or never felt");

    /// <summary>How often each fault was applied and felt.</summary>
    internal string Summary() => string.Join('\n', _applied
        .GroupBy(static applied => applied.Fault)
        .Select(static group => $"{group.Key}: applied {group.Count()}, felt {group.Count(static one => one.Disturbed > 0)}, "
            + $"recovered after {Blow.Summary(group.Select(static one => one.Recovered).OfType<TimeSpan>())}"));

    private async Task ApplyAsync(Fault fault, bool isPatient)
    {
        GatewayNode[] victims = await VictimsAsync(fault.Scope);
        int before = cluster.Counts.Disturbed;
        long at = Stopwatch.GetTimestamp();
        foreach (GatewayNode victim in victims)
        {
            Action strike = fault.Kind == BlowKind.Kill ? victim.Kill : victim.Stop;
            strike();
        }

        if (fault is { Kind: BlowKind.Kill, Scope: FaultScope.Primary })
            await cluster.SettledWithoutAsync(victims);
        else
            await Condition.PassesAsync(LengthOf(fault.Kind));

        await HealAsync(fault.Kind, victims);
        TimeSpan lasted = Stopwatch.GetElapsedTime(at);
        await ServeAsync();
        if (isPatient)
            await cluster.SettledAsync();

        TimeSpan? recovered = isPatient ? Stopwatch.GetElapsedTime(at) - lasted : null;
        _applied.Add(new AppliedFault(
            fault, [.. victims.Select(static victim => victim.Name)], lasted, recovered, cluster.Counts.Disturbed - before));
    }

    private async Task<GatewayNode[]> VictimsAsync(FaultScope scope)
    {
        GatewayNode[] nodes = [.. cluster.Nodes];
        _draws.Shuffle(nodes);
        return scope switch
        {
            FaultScope.One => nodes[..1],
            FaultScope.Primary => [await cluster.PrimaryAsync()],
            FaultScope.Majority => nodes[..((nodes.Length / 2) + 1)],
            FaultScope.All => nodes,
        };
    }

    private TimeSpan LengthOf(BlowKind kind) => kind switch
    {
        BlowKind.Kill => TimeSpan.FromMilliseconds(_draws.Next(100, 2_000)),
        BlowKind.ShortStop => TimeSpan.FromMilliseconds(_draws.Next(1_000, 4_000)),
        BlowKind.LongStop => TimeSpan.FromSeconds(15),
        BlowKind.DatabaseStop or BlowKind.FullDisk or BlowKind.ClockJump =>
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "gateways have no database and no clock of their own"),
    };

    private static async Task HealAsync(BlowKind kind, GatewayNode[] victims)
    {
        if (kind == BlowKind.Kill)
        {
            await GatewayCluster.StartAsync(victims);
            return;
        }

        foreach (GatewayNode victim in victims)
            victim.Continue();
    }

    private async Task ServeAsync()
    {
        int wanted = recorder.Answered + AnswersBetween;
        await Condition.HoldsAsync(
            () => recorder.Answered > wanted || workload.Failed.IsFaulted,
            () => $"{wanted} answers; {recorder.Answered} came\n{cluster.Told()}");
        Assert.False(workload.Failed.IsFaulted, workload.Failed.Exception?.ToString());
    }
}
