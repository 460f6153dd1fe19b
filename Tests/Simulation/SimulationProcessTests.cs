using OrleansShards.Simulation.Cli;
using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Engine;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Tests.Simulation;

/// <summary>The command line, with invented runs: what it asks for, what it prints, what it ends with.</summary>
public sealed class SimulationProcessTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly List<RunOptions> _runs = [];

    /// <summary>Whether a run breaks a rule.</summary>
    private Func<RunOptions, bool> _violates = static _ => false;

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    private string[] Lines => _output.ToString().Split('\n');

    [Theory]
    [InlineData("--seeds 0", "--seeds is \"0\"; expected an integer, 1 or more")]
    [InlineData("--seed -1", "--seed is \"-1\"; expected an integer from 0 to 18446744073709551615")]
    [InlineData("--threads many", "--threads is \"many\"; expected an integer from 1 to 1024")]
    [InlineData("--minutes 0", "--minutes is \"0\"; expected a number above 0, such as 5 or 0.5")]
    [InlineData(
        "--profile swram",
        "--profile is \"swram\"; expected swarm, calm, masters, moves, store, network, late, rebalance, backlog, groups, slow, wide or "
        + "all")]
    [InlineData("--set clinets=3", "--set is \"clinets=3\"; there is no option \"clinets\"; did you mean clients?")]
    [InlineData("--set loss=3", "did you mean net.loss-ppm?")]
    [InlineData("--set qqqqqqqq=3", "there is no option \"qqqqqqqq\"; --list-options shows what there is")]
    [InlineData("--set clients", "--set is \"clients\"; expected NAME=VALUE, such as clients=1")]
    [InlineData("--set masters=3", "expected for masters (masters; with two, one is the shadow) an integer from 1 to 2")]
    [InlineData("--set clients=x", "expected for clients (")]
    [InlineData("--skip puase#1", "--skip is \"puase#1\"; there is no scheduled fault \"puase\"; did you mean pause?")]
    [InlineData("--skip pause#2,pause", "--skip is \"pause\"; expected a fault and its number, such as pause#1")]
    [InlineData("--seed 1 --seeds 2", "--seed is for one run, and --seeds for many; expected one of them")]
    [InlineData("--trace t", "--trace writes one run down; expected --seed with it")]
    [InlineData("--seed 1 --profile all", "expected, for one seed, the profile that it was run with")]
    [InlineData("--sed 1", "Unrecognized command or argument '--sed'")]
    [InlineData("--planted", "no defects are planted in this build")]
    public void Run_BadUsage_SaysWhatIsWrongAndWhatIsExpected(string arguments, string expected)
    {
        Assert.Equal(2, Run(arguments));
        Assert.Contains(expected, _errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(_runs);
    }

    [Fact]
    public void Run_SeveralThingsAreWrong_SaysAll()
    {
        Assert.Equal(2, Run("--seeds x --threads y --profile z"));
        Assert.Equal(4, _errors.ToString().TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void Run_Help_NamesEveryOption()
    {
        Assert.Equal(0, Run("--help"));
        string[] names =
            ("--seeds --seed --first --minutes --profile --set --skip --trace --threads --no-shrink --keep-going "
            + "--demand-all-faults --list-options").Split(' ');
        Assert.All(names, name => Assert.Contains(name + ' ', _output.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Run_ListOptions_NamesEveryOptionAndProfile()
    {
        Assert.Equal(0, Run("--list-options"));
        Assert.All(
            OptionTable.All.Select(static spec => spec.Name).Concat(Profile.All.Select(static profile => profile.Name)),
            name => Assert.Contains(Lines, line => line.StartsWith($"  {name} ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Run_NothingIsSaid_RunsThousandSeedsFromOneThatIsPrinted()
    {
        Assert.Equal(0, Run(""));
        Assert.Equal(1_000, _runs.Count);
        ulong first = _runs.Min(static options => options.Seed);
        Assert.StartsWith($"seeds from {first} on, 1000; profile swarm;", Lines[0], StringComparison.Ordinal);
        Assert.Contains("no rule was broken", Lines);
    }

    [Fact]
    public void Run_TimeIsOverFirst_SaysHowManySeedsWereRun()
    {
        Assert.Equal(0, Run("--first 1 --seeds 1000000000 --minutes 0.0001"));
        Assert.Contains($"ended by --minutes after {_runs.Count} of 1000000000 seeds", Lines);
    }

    [Fact]
    public void Run_AllProfiles_TakeTurns()
    {
        Assert.Equal(0, Run($"--first 1 --seeds {2 * Profile.All.Count} --profile all"));
        Assert.All(Profile.All, profile => Assert.Equal(2, _runs.Count(options => options.Profile == profile)));
    }

    [Fact]
    public void Run_OneSeed_PrintsEveryOptionBeforeTheResult()
    {
        Assert.Equal(0, Run("--seed 17 --profile moves --set clients=4 --skip pause#1,pause#2"));
        Assert.Equal("seed 17, profile moves", Lines[0]);
        Assert.All(
            OptionTable.All.Zip(Lines[1..]),
            line => Assert.StartsWith($"  {line.First.Name} ", line.Second, StringComparison.Ordinal));
        Assert.Equal((17UL, 4L, 2), (_runs.Single().Seed, _runs[0]["clients"], _runs[0].Skip.Count));
        Assert.Equal("./run.sh simulate --seed 17 --profile moves --set clients=4 --skip pause#1,pause#2", _runs[0].Command());
    }

    [Fact]
    public void Run_ViolationWithoutShrinking_TellsEvidenceAndCommandAndFails()
    {
        _violates = static options => options.Seed == 7;
        Assert.Equal(1, Run("--first 1 --seeds 20 --no-shrink --threads 1"));
        Assert.Contains("VIOLATION of a-rule, seed 7, profile swarm", Lines);
        Assert.Contains("what was seen in 7", Lines);
        Assert.Contains("to repeat it: ./run.sh simulate --seed 7", Lines);
        Assert.Equal(7UL, _runs[^1].Seed);
    }

    [Fact]
    public void Run_Violation_IsShrunkAndRepeated()
    {
        _violates = static options => options.Seed == 7 && options["clients"] >= 2;
        Assert.Equal(1, Run("--seed 7 --set clients=4"));
        int found = Array.FindIndex(Lines, static line =>
            line.StartsWith("a smaller run that breaks a-rule, found by ", StringComparison.Ordinal));
        Assert.Equal("all is calm but", Lines[found + 1]);
        string[] expected = ["  clients                          2  ", "repeated by: ./run.sh simulate --seed 7 --set clients=2 "];
        Assert.All(expected, beginning =>
            Assert.Contains(Lines[found..], line => line.StartsWith(beginning, StringComparison.Ordinal)));
    }

    [Fact]
    public void Run_KeepGoing_CountsAllViolations()
    {
        _violates = static options => options.Seed % 5 == 0;
        Assert.Equal(1, Run("--first 1 --seeds 20 --keep-going"));
        Assert.Contains("rules were broken in 4 runs", Lines);
        Assert.Equal(20, _runs.Count);
    }

    [Fact]
    public void Run_FaultNeverHappens_FailsWhereAllAreDemanded()
    {
        Assert.Equal(1, Run("--seeds 3 --demand-all-faults"));
        Assert.Contains("--demand-all-faults: never happened: pause, coordinator-death", Lines);
        Assert.Equal(0, Run("--seeds 3"));
    }

    [Fact]
    public void Run_TraceCannotBeWritten_SaysSo()
    {
        Assert.Equal(2, Run("--seed 1 --trace /no/such/folder/t"));
        Assert.Contains("--trace is \"/no/such/folder/t\"", _errors.ToString(), StringComparison.Ordinal);
    }

    private int Run(string arguments) => SimulationProcess.Run(
        arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), new Surroundings(_output, _errors, Execute));

    private RunResult Execute(RunOptions options, TextWriter? trace)
    {
        lock (_runs)
            _runs.Add(options);

        RunStatistics statistics = new() { Runs = 1, Microseconds = 1_000 };
        foreach (FaultKind kind in Enum.GetValues<FaultKind>().Except([FaultKind.Pause, FaultKind.CoordinatorDeath]))
            statistics.Faults[kind] = 1;

        return _violates(options)
            ? new RunResult(options, "a-rule", $"what was seen in {options.Seed}", statistics)
            : new RunResult(options, null, "", statistics);
    }
}
