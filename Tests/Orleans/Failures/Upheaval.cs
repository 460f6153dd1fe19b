using System.Diagnostics;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// Kills and stops silos of a fleet in turn, the primary's every other time, each when the one before is over: who was
/// killed is back, and somebody serves everything.
/// </summary>
internal sealed class Upheaval(SiloFleet fleet, Recorder recorder, FirstServed served, int seed)
{
    private const int AnswersBetween = 300;

    private static readonly (BlowKind Kind, bool OfPrimary)[] Plan =
    [
        (BlowKind.Kill, true), (BlowKind.Kill, true), (BlowKind.LongStop, true), (BlowKind.Kill, true),
        (BlowKind.Kill, false), (BlowKind.ShortStop, true), (BlowKind.Kill, true), (BlowKind.LongStop, false),
    ];

    private readonly Random _draws = new(seed);
    private readonly List<Blow> _blows = [];

    /// <summary>What was done, so far.</summary>
    internal IReadOnlyList<Blow> Blows => _blows;

    /// <summary>Goes on for so long, and until the primary's silo was killed so often.</summary>
    internal async Task RunAsync(TimeSpan time, int primaryKills, Task workers)
    {
        long startedAt = Stopwatch.GetTimestamp();
        for (int turn = 0; Stopwatch.GetElapsedTime(startedAt) < time || PrimaryKills() < primaryKills; turn++)
        {
            await fleet.SettledAsync();
            int wanted = recorder.Answered + AnswersBetween;
            await Condition.HoldsAsync(
                () => recorder.Answered > wanted || workers.IsFaulted, () => $"{wanted} answers; {recorder.Answered} came\n{fleet.Told()}");
            Assert.False(workers.IsFaulted, workers.Exception?.ToString());
            await StrikeAsync(Plan[turn % Plan.Length]);
        }

        await fleet.SettledAsync();
    }

    private int PrimaryKills() => _blows.Count(static blow => blow is { Kind: BlowKind.Kill, HadPrimary: true });

    private async Task StrikeAsync((BlowKind Kind, bool OfPrimary) plan)
    {
        Seats seats = await fleet.SeatsAsync();
        SiloSlot[] others = [.. fleet.Slots.Where(slot => slot != seats.Primary)];
        SiloSlot victim = plan.OfPrimary ? seats.Primary : others[_draws.Next(others.Length)];
        int[] shards = [.. seats.Shards[victim]];
        long at = Stopwatch.GetTimestamp();
        switch (plan.Kind)
        {
            case BlowKind.Kill:
                victim.Kill();
                break;
            case BlowKind.LongStop or BlowKind.ShortStop:
                victim.Stop();
                break;
        }

        if (plan.Kind == BlowKind.ShortStop)
        {
            await Condition.PassesAsync(TimeSpan.FromMilliseconds(_draws.Next(200, 1_200)));
            victim.Continue();
            _blows.Add(new Blow(plan.Kind, victim.Group, plan.OfPrimary, [], null));
            return;
        }

        Task<TimeSpan[]> shardsServed = Task.WhenAll(shards.Select(shard => served.ShardAsync(shard, at)));
        TimeSpan? primary = plan.OfPrimary ? await served.PrimaryAsync(at) : null;
        _blows.Add(new Blow(plan.Kind, victim.Group, plan.OfPrimary, await shardsServed, primary));
        if (plan.Kind == BlowKind.LongStop)
        {
            await Condition.PassesAsync(TimeSpan.FromMilliseconds(_draws.Next(100, 2_000)));
            victim.Continue();
        }

        victim.HoldsBack = false;
    }
}
