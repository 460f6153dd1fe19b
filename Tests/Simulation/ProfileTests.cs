using System.Collections.Concurrent;
using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Engine;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Tests.Simulation;

/// <summary>A few seeds of each profile. `./test.sh` runs many more of them.</summary>
public sealed class ProfileTests
{
    private const int Seeds = 30;

    public static TheoryData<string> Names => [.. Profile.All.Select(static profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Execute_SomeSeeds_BreakNoRule(string name)
    {
        Profile profile = Profile.All.Single(known => known.Name == name);
        RunStatistics all = new();
        new Campaign(static options => Run.Execute(options), Environment.ProcessorCount).Run(
            number => number < Seeds ? new RunOptions((ulong)number + 1, profile) : null,
            result =>
            {
                Assert.True(result.Rule is null, $"{result.Options.Command()}\n{result.Rule}: {result.Text}");
                all.Add(result.Statistics);
                return true;
            });
        Assert.Equal(Seeds, all.Runs);
        Assert.True(all.Operations > Seeds * 10, $"only {all.Operations} operations");
        if (profile == Profile.Calm)
            Assert.Equal((0, 0, 0), (all.Refused, all.Open, all.Undecided));
    }

    [Fact]
    public void Execute_SameSeedOnSeveralThreads_IsTheSameRun()
    {
        ConcurrentBag<(long, long, long)> seen = [];
        new Campaign(static options => Run.Execute(options), 4).Run(
            static number => number < 8 ? new RunOptions(11, Profile.Swarm) : null,
            result =>
            {
                seen.Add((result.Statistics.Steps, result.Statistics.Microseconds, result.Statistics.Operations));
                return true;
            });
        Assert.Single(seen.Distinct());
    }
}
