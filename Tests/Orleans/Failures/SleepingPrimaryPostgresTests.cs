using System.Diagnostics;
using System.Globalization;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// The primary's silo does nothing for a while: it is stopped, or gone. Orleans takes longer than the shadow to notice,
/// so that it is the shadow that takes over.
/// </summary>
[Collection(FailureRuns.Name)]
public sealed class SleepingPrimaryPostgresTests
{
    private const int ChangesMeanwhile = 1_000;

    private static readonly TimeSpan Sleep = TimeSpan.FromSeconds(30);

    /// <summary>Orleans declares it dead while it sleeps: awake, it finds that out and ends.</summary>
    [Fact]
    public Task Stop_For30s_DeclaredDeadMeanwhile_TheShadowTakesOverAndNothingStaleIsServed() =>
        StopAsync(deathAfterMs: 5_000, staysMember: false);

    /// <summary>Orleans does not notice: awake, it goes on as if nothing had been, and its master is the shadow.</summary>
    [Fact]
    public Task Stop_For30s_NotDeclaredDead_TheShadowTakesOverAndNothingStaleIsServed() =>
        StopAsync(deathAfterMs: 120_000, staysMember: true);

    [Fact]
    public async Task Kill_OrleansDoesNotNotice_TheShadowTakesOver()
    {
        await using SiloFleet fleet = await SiloFleet.StartAsync("--death-after-ms", "30000");
        FirstServed served = new(fleet.Outside, new Recorder());
        List<(TimeSpan Whole, TakeoverRecord Record)> takeovers = [];
        for (int round = 0; round < ChaosLength.Takeovers; round++)
        {
            await fleet.SettledAsync();
            await fleet.MastersAreApartAsync();
            SiloSlot victim = (await fleet.SeatsAsync()).Primary;
            Term before = await TermAsync(fleet);
            long at = Stopwatch.GetTimestamp();
            victim.Kill();
            TimeSpan whole = await served.PrimaryAsync(at);
            takeovers.Add((whole, await TakeoverAfterAsync(before, fleet)));
            victim.HoldsBack = false;
        }

        Console.WriteLine($"kill to the primary's first answer by takeover: {Blow.Summary(takeovers.Select(static one => one.Whole))}");
        Console.WriteLine($"  from the decision to the promotion: {Blow.Summary(takeovers.Select(static one => Promotion(one.Record)))}");
        Console.WriteLine(string.Join('\n', takeovers.Select(static one => "  " + Text(one.Record))));
    }

    private static async Task StopAsync(int deathAfterMs, bool staysMember)
    {
        await using SiloFleet fleet = await SiloFleet.StartAsync(
            "--death-after-ms", deathAfterMs.ToString(CultureInfo.InvariantCulture));
        Recorder recorder = new();
        FirstServed served = new(fleet.Outside, recorder);
        await served.EveryShardAsync();
        await fleet.MastersAreApartAsync();
        SiloSlot sleeper = (await fleet.SeatsAsync()).Primary;
        await using Witness witness = new(await fleet.ConnectAsync([sleeper]), recorder);
        await fleet.AvoidAsync(sleeper);
        await witness.KnowAllAsync();
        Workload workload = new(fleet.Outside, recorder, Random.Shared.Next());
        Term before = await TermAsync(fleet);

        long at = Stopwatch.GetTimestamp();
        sleeper.Stop();
        TimeSpan whole = await served.PrimaryAsync(at);
        TakeoverRecord takeover = await TakeoverAfterAsync(before, fleet);
        await Condition.PassesAsync(Sleep - Stopwatch.GetElapsedTime(at));
        if (!staysMember)
        {
            await fleet.OneIsDeadAsync();
            await served.EveryShardAsync();
            int wanted = recorder.Answered + ChangesMeanwhile;
            await Condition.HoldsAsync(
                () => recorder.Answered > wanted, () => $"{wanted} answers, so that what it remembers is stale; {recorder.Answered} came");
        }

        witness.Ask();
        sleeper.Continue();
        await witness.HearAsync(takeover);

        await fleet.SettledAsync();
        await MastersAreApartAsync(fleet, takeover.To);
        Assert.Equal(staysMember ? 1 : 2, sleeper.Starts);
        IReadOnlyDictionary<string, string?> finals = await workload.EndAsync();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"stopped for {Sleep.TotalSeconds} s, declared dead: {!staysMember}: primary's first answer after {whole.TotalSeconds:0.00} s; "
            + $"{Text(takeover)}\n  awake: {witness}; {recorder.Answered} operations answered, {recorder.Open} unknown"));
        IReadOnlyList<string> problems = HistoryVerdict.Problems(recorder, finals);
        Assert.True(problems.Count == 0, $"{string.Join('\n', problems)}\n{fleet.Told()}");
    }

    private static async Task<Term> TermAsync(SiloFleet fleet) =>
        (await fleet.StatusAsync()).Masters.Single(static master => master.IsPrimary).Term;

    private static async Task<TakeoverRecord> TakeoverAfterAsync(Term before, SiloFleet fleet)
    {
        // Who has just been promoted answers before the takeover's record is in the log. And terms may have gone on since:
        // a silo that comes back may find a second activation of the primary, which opens one more.
        TakeoverRecord? found = null;
        await Condition.HoldsAsync(
            async () =>
            {
                ClusterStatusReply status = await fleet.StatusAsync();
                found = status.Takeovers.LastOrDefault();
                return found?.Term > before;
            },
            () => $"the record of a takeover after term {before}; the newest is {found}\n{fleet.Told()}");
        TakeoverRecord newest = found!;
        Assert.Equal(TakeoverReason.HeartbeatsMissed, newest.Reason);
        Assert.NotEqual(newest.From, newest.To);
        Assert.True(Detection(newest) >= TimeSpan.FromSeconds(10), Text(newest));
        Assert.True(newest.Phases is { CatchUpUs: > 0, FenceUs: > 0, PromoteUs: >= 0 }, Text(newest));
        return newest;
    }

    /// <summary>Whoever led before is the shadow, in another silo than the primary, and up to date.</summary>
    private static async Task MastersAreApartAsync(SiloFleet fleet, MasterName primary)
    {
        string seen = "nothing";
        await Condition.HoldsAsync(
            async () =>
            {
                ClusterStatusReply status = await fleet.StatusAsync();
                seen = string.Join(", ", status.Masters);
                MasterStatus leads = status.Masters.Single(static master => master.IsPrimary);
                MasterStatus follows = status.Masters.Single(static master => !master.IsPrimary);
                return leads.Name == primary && follows.Term == leads.Term && follows.HeartbeatAgeMs < 2_000;
            },
            () => $"{primary} leads and the other follows; {seen}");
    }

    private static TimeSpan Detection(TakeoverRecord takeover) => TimeSpan.FromMicroseconds(takeover.Phases.DetectUs);

    private static TimeSpan Promotion(TakeoverRecord takeover) =>
        TimeSpan.FromMicroseconds(takeover.Phases.CatchUpUs + takeover.Phases.FenceUs + takeover.Phases.PromoteUs);

    private static string Text(TakeoverRecord takeover) => string.Create(
        CultureInfo.InvariantCulture,
        $"{takeover.Reason}, {takeover.From} to {takeover.To}: detect {takeover.Phases.DetectUs / 1e3:0} ms, "
        + $"catch up {takeover.Phases.CatchUpUs / 1e3:0.0}, fence {takeover.Phases.FenceUs / 1e3:0.0}, "
        + $"promote {takeover.Phases.PromoteUs / 1e3:0.0}, redirect {takeover.Phases.RedirectUs / 1e3:0.0}; "
        + $"{takeover.EntriesReplayed} entries replayed");
}
