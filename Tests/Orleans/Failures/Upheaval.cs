using System.Diagnostics;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// Kills and stops silos of a fleet in turn, and disturbs what they depend on, each when the one before is over: who was
/// killed is back, and somebody serves everything. Nobody but who was killed or stopped for long is started again.
/// </summary>
internal sealed class Upheaval(SiloFleet fleet, Surroundings around, Recorder recorder, FirstServed served, int seed)
{
    private const int AnswersBetween = 300;

    private const int KindsFirst = 7;

    // Each kind once, and then on.
    private static readonly (BlowKind Kind, bool OfPrimary)[] Plan =
    [
        (BlowKind.Kill, true), (BlowKind.ClockJump, false), (BlowKind.DatabaseStop, false), (BlowKind.LongStop, true),
        (BlowKind.Kill, false), (BlowKind.FullDisk, false), (BlowKind.ShortStop, true),
        (BlowKind.Kill, true), (BlowKind.ClockJump, false), (BlowKind.Kill, true), (BlowKind.DatabaseStop, false), (BlowKind.Kill, true),
        (BlowKind.LongStop, false),
    ];

    private readonly Random _draws = new(seed);
    private readonly List<Blow> _blows = [];

    /// <summary>What was done, so far.</summary>
    internal IReadOnlyList<Blow> Blows => _blows;

    /// <summary>Goes on for so long, and until each kind of blow was struck and the primary's silo was killed so often.</summary>
    internal async Task RunAsync(TimeSpan time, int primaryKills, Task workers)
    {
        long startedAt = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < KindsFirst || Stopwatch.GetElapsedTime(startedAt) < time || PrimaryKills() < primaryKills; turn++)
        {
            await fleet.SettledAsync();
            int wanted = recorder.Answered + AnswersBetween;
            await Condition.HoldsAsync(
                () => recorder.Answered > wanted || workers.IsFaulted, () => $"{wanted} answers; {recorder.Answered} came\n{fleet.Told()}");
            Assert.False(workers.IsFaulted, workers.Exception?.ToString());
            (BlowKind Kind, bool OfPrimary) plan = Plan[turn % Plan.Length];
            await (plan.Kind switch
            {
                BlowKind.DatabaseStop => DisturbAsync(plan.Kind, "the database", around.StopDatabaseAsync, around.StartDatabaseAsync),
                BlowKind.FullDisk when around.HasDisk => DisturbAsync(plan.Kind, "the database's disk", FillDisk, FreeDisk),
                BlowKind.FullDisk => Task.CompletedTask,
                BlowKind.ClockJump => JumpAsync(),
                _ => StrikeAsync(plan),
            });
        }

        await fleet.SettledAsync();
    }

    private int PrimaryKills() => _blows.Count(static blow => blow is { Kind: BlowKind.Kill, HadPrimary: true });

    // Nothing of it ends a silo, and nobody has to start one.
    private async Task DisturbAsync(BlowKind kind, string what, Func<Task> begin, Func<Task> end)
    {
        int starts = fleet.Starts;
        int felt = fleet.Logged(LogEvents.StoreFails);
        await begin();
        await Condition.HoldsAsync(
            () => fleet.Logged(LogEvents.StoreFails) > felt, () => $"a silo says that {what} fails it\n{fleet.Told()}");
        await Condition.PassesAsync(TimeSpan.FromMilliseconds(_draws.Next(500, 9_000)));
        await end();
        long at = Stopwatch.GetTimestamp();
        Task<TimeSpan[]> shards = Task.WhenAll(Enumerable.Range(0, SiloFleet.ShardCount).Select(shard => served.ShardAsync(shard, at)));
        TimeSpan primary = await served.PrimaryAsync(at);
        _blows.Add(new Blow(kind, what, false, await shards, primary));
        await fleet.SettledAsync();
        Assert.Equal(starts, fleet.Starts);
    }

    private Task FillDisk()
    {
        around.FillDisk();
        return Task.CompletedTask;
    }

    private Task FreeDisk()
    {
        around.FreeDisk();
        return Task.CompletedTask;
    }

    private async Task JumpAsync()
    {
        if (!Surroundings.HasClock)
            return;

        int starts = fleet.Starts;
        TimeSpan off = TimeSpan.FromMinutes(_draws.Next(2, 12) * (_draws.Next(2) == 0 ? -1 : 1));
        around.SetClock(off);
        _blows.Add(new Blow(BlowKind.ClockJump, $"{Surroundings.ClockOf}'s clock, to {off.TotalMinutes:+0;-0} min", false, [], null));
        await Condition.PassesAsync(TimeSpan.FromMilliseconds(_draws.Next(500, 3_000)));
        await fleet.SettledAsync();
        Assert.Equal(starts, fleet.Starts);
    }

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
            _blows.Add(new Blow(plan.Kind, $"{victim.Group}'s silo", plan.OfPrimary, [], null));
            return;
        }

        Task<TimeSpan[]> shardsServed = Task.WhenAll(shards.Select(shard => served.ShardAsync(shard, at)));
        TimeSpan? primary = plan.OfPrimary ? await served.PrimaryAsync(at) : null;
        _blows.Add(new Blow(plan.Kind, $"{victim.Group}'s silo", plan.OfPrimary, await shardsServed, primary));
        if (plan.Kind == BlowKind.LongStop)
        {
            await Condition.PassesAsync(TimeSpan.FromMilliseconds(_draws.Next(100, 2_000)));
            victim.Continue();
        }

        victim.HoldsBack = false;
    }
}
