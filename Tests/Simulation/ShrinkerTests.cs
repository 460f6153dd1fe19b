using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Engine;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Running;
using OrleansShards.Simulation.Shrinking;

namespace OrleansShards.Tests.Simulation;

/// <summary>With an invented simulator, whose runs break a rule whenever the test says so.</summary>
public sealed class ShrinkerTests
{
    private const string Rule = "the-rule";

    /// <summary>A run with many faults of many kinds.</summary>
    private static readonly RunOptions Wild = OptionTable.All
        .Where(static spec => spec.Name.StartsWith("fault.", StringComparison.Ordinal))
        .Aggregate(new RunOptions(7, Profile.Swarm), static (options, spec) => options.With(spec.Name, 8))
        .With("clients", 5).With("keys", 3).With("machines", 4).With("net.loss-ppm", 5_000);

    [Fact]
    public void Shrink_EveryRunViolates_LeavesNothing()
    {
        RunResult smallest = Shrink(static _ => true);
        Assert.Empty(Schedule.Of(smallest.Options));
        Assert.All(
            OptionTable.All.Where(static spec => !spec.Name.StartsWith("fault.", StringComparison.Ordinal)),
            spec => Assert.True(smallest.Options[spec.Name] <= spec.Calm, $"{spec.Name} is {smallest.Options[spec.Name]}"));
        Assert.InRange(smallest.Options["faults-ms"], 0, 100);
    }

    [Fact]
    public void Shrink_NothingSmallerViolates_IsTheSame()
    {
        RunResult violation = Violation(Wild);
        Assert.Same(violation, new Shrinker(static options => new RunResult(options, null, "", new())).Shrink(violation));
    }

    [Fact]
    public void Shrink_TwoFaultsAreNeeded_KeepsJustThose()
    {
        string[] needed = ["pause#3", "crash-node#7"];
        RunResult smallest = Shrink(options => Array.TrueForAll(needed, Faults(options).Contains));
        Assert.Equal(needed.Order(), Schedule.Of(smallest.Options).Select(static fault => fault.Name).Order());
    }

    [Fact]
    public void Shrink_LengthIsNeeded_IsCutToIt()
    {
        RunResult smallest = Shrink(static options => options["faults-ms"] >= 1_234);
        Assert.InRange(smallest.Options["faults-ms"], 1_234, 1_300);
    }

    [Fact]
    public void Shrink_ViolationIsSeenEarly_EndsThere()
    {
        RunOptions options = Wild.With("faults-ms", 20_000);
        List<long> tried = [];
        _ = new Shrinker(smaller =>
        {
            tried.Add(smaller["faults-ms"]);
            return Violation(smaller);
        }).Shrink(new RunResult(options, Rule, "", new RunStatistics { Microseconds = 3_000_000 }));
        Assert.Equal(3_001, tried[0]);
    }

    [Fact]
    public void Shrink_CountsAndOptionsAreNeeded_AreTheLeastThatDo()
    {
        RunResult smallest = Shrink(static options =>
            options["clients"] >= 3 && options["machines"] >= 3 && options["net.loss-ppm"] > 0);
        Assert.Equal(
            (3, 3, 5_000, 1, 0),
            (smallest.Options["clients"], smallest.Options["machines"], smallest.Options["net.loss-ppm"],
                smallest.Options["keys"], smallest.Options["net.slow-ms"]));
    }

    [Fact]
    public void Shrink_AnotherRuleIsBroken_DoesNotCount()
    {
        RunResult smallest = new Shrinker(static options =>
            new RunResult(options, options["clients"] == 1 ? "another-rule" : Rule, "", new())).Shrink(Violation(Wild));
        Assert.Equal((Rule, 2), (smallest.Rule, smallest.Options["clients"]));
    }

    [Fact]
    public void Shrink_BudgetIsSmall_IsKept()
    {
        int runs = 0;
        Shrinker shrinker = new(
            options =>
            {
                runs++;
                return new RunResult(options, options["faults-ms"] % 2 == 0 ? Rule : null, "", new());
            },
            runsMax: 9);
        _ = shrinker.Shrink(Violation(Wild));
        Assert.Equal((9, 9), (runs, shrinker.Runs));
    }

    [Fact]
    public void Shrink_RealRun_IsRepeatedByItsOptions()
    {
        // Nothing to do with a rule: just that what is left out leaves the rest of a real run as it was.
        RunResult smallest = new Shrinker(static options =>
            Run.Execute(options) is { Statistics.Takeovers: > 0 } run ? run with { Rule = Rule } : new(options, null, "", new()))
            .Shrink(Violation(new RunOptions(3, Profile.Masters)));
        Assert.Equal(1, Run.Execute(smallest.Options).Statistics.Takeovers);
        Assert.InRange(Schedule.Of(smallest.Options).Count, 0, 1);
    }

    private static RunResult Shrink(Func<RunOptions, bool> violates) =>
        new Shrinker(options => violates(options) ? Violation(options) : new RunResult(options, null, "", new()))
            .Shrink(Violation(Wild));

    private static RunResult Violation(RunOptions options) => new(options, Rule, "", new());

    /// <summary>What would come behind the end of a run makes no difference to it.</summary>
    private static string[] Faults(RunOptions options) => [.. Schedule.Of(options)
        .Where(fault => fault.At <= options["faults-ms"] * 1_000)
        .Select(static fault => fault.Name)];
}
