using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Cli;
using OrleansShards.Simulation.Exploring;

namespace OrleansShards.Tests.Simulation;

/// <summary>The explorer: that it sees every order of small worlds, and that it tells one that breaks a rule.</summary>
public sealed class ExplorationTests
{
    private const long StatesMax = 20_000;
    private const long StatesOfPart = 600;
    private const int Walks = 20;

    // Without what makes it large; the whole of it is ./run.sh explore's.
    private static SmallWorld Smaller { get; } = MakeSmaller();

    public static TheoryData<string> Names { get; } = [.. SmallWorlds.All.Select(static world => world.Name)];

    [Fact]
    public void Run_SmallerWorld_SeesEveryOrder()
    {
        ExplorationResult result = new Exploration(Smaller, StatesMax).Run();
        Assert.Null(result.Violation);
        Assert.True(result.IsExhausted);
        Assert.True(result.States > 500, $"only {result.States} states");
        Assert.True(result.Orders > result.States, $"only {result.Orders} orders");
        Assert.True(result.Ends > 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_TwoEventsAtDifferentPlaces_OneOfTheirOrdersIsEnough(string name)
    {
        SmallWorld world = SmallWorlds.All.Single(world => world.Name == name);
        ExplorationResult result = new Exploration(world, StatesOfPart).Run();
        ExplorationResult whole = new Exploration(world, StatesOfPart) { RunsAll = true }.Run();
        Assert.Equal(
            (whole.States, whole.Continued, whole.Transitions, whole.Ends),
            (result.States, result.Continued, result.Transitions, result.Ends));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Copy_GoesOnLikeARunFromTheStart(string name)
    {
        SmallWorld world = SmallWorlds.All.Single(world => world.Name == name);
        Random draws = new(name.Length);
        for (int walk = 0; walk < Walks; walk++)
        {
            // Each has a memory of its own: one digests for itself what the other has digested.
            ExploredRun fromStart = new(world, new ExplorationMemory(world));
            ExploredRun copied = new(world, new ExplorationMemory(world));
            while (fromStart.Choices() is { Count: > 0 } choices)
            {
                int number = draws.Next(choices.Count);
                fromStart.Take(choices[number]);
                ExploredRun original = copied;
                copied = copied.Copy();
                original.Take(original.Choices()[draws.Next(choices.Count)]);
                copied.Take(copied.Choices()[number]);
                Assert.Equal(fromStart.Digest(), copied.Digest());
            }

            copied.Close();
        }
    }

    [Fact]
    public void Run_CompletionsAreEventsOfTheirOwn_FindsTheSameEnds()
    {
        ExplorationResult together = new Exploration(Smaller, StatesMax).Run();
        ExplorationResult split = new Exploration(Smaller, StatesMax) { SplitsCompletions = true }.Run();
        Assert.True(split.IsExhausted);
        Assert.True(split.States > together.States, $"{split.States} states, and {together.States} without");
        Assert.Equal(split.Ends, together.Ends);
    }

    [Fact]
    public void Run_MoreStatesThanTheLimit_IsNotExhausted()
    {
        ExplorationResult result = new Exploration(Smaller, statesMax: 20).Run();
        Assert.Null(result.Violation);
        Assert.False(result.IsExhausted);
        Assert.True(result.Orders.IsZero);
    }

    [Fact]
    public void Run_RuleIsBroken_FindsAnOrderThatBreaksItAgain()
    {
        SmallWorld broken = Smaller with { Check = static (_, _) => throw new ViolationException("linearizable", "made up") };
        ExplorationResult result = new Exploration(broken, StatesMax).Run();
        Assert.Equal("linearizable", result.Violation?.Rule);
        using StringWriter told = new();
        Assert.Equal(result.Violation?.Message, new Exploration(broken, 1).Tell(result.Order, told)?.Message);
        Assert.Contains("TriggerFailover", told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_RuleIsBrokenBeforeTheFirstEvent_TellsIt()
    {
        SmallWorld broken = Smaller with { From = new Moment("none", static _ => throw new ViolationException("linearizable", "made up")) };
        ExplorationResult result = new Exploration(broken, StatesMax).Run();
        Assert.Equal("linearizable", result.Violation?.Rule);
        Assert.Empty(result.Order);
        Assert.Equal(result.Violation?.Message, new Exploration(broken, 1).Tell([], TextWriter.Null)?.Message);
    }

    [Fact]
    public void Run_CalledTwice_FindsTheSameStates()
    {
        ExplorationResult first = new Exploration(Smaller, StatesMax).Run();
        ExplorationResult second = new Exploration(Smaller, StatesMax).Run();
        Assert.Equal(
            (first.States, first.Transitions, first.Ends, first.Orders), (second.States, second.Transitions, second.Ends, second.Orders));
    }

    [Theory]
    [InlineData(
        "nowhere",
        "--world is \"nowhere\"; expected deposed, stale, resent, failover-primary, failover-shadow, switchover, untaken, move, "
            + "move-primary, move-source, move-target, commit, commit-source, commit-target, decide-primary, release-primary, "
            + "serve-primary, lost, retry, readers or cancel")]
    [InlineData("--order 1,2", "--order tells one order of one world; expected the world, too")]
    [InlineData("move --order 1,x", "expected numbers from 0 on with commas between them")]
    [InlineData("move --order 99999", "--order: event 1 is 99999; there are")]
    [InlineData("move --states 0", "--states is \"0\"; expected an integer, 1 or more")]
    public void Process_BadUsage_SaysWhatIsExpected(string arguments, string expected)
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        Assert.Equal(2, ExploreProcess.Run(arguments.Split(' '), output, errors));
        Assert.Contains(expected, errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Process_LimitOfStates_FailsAndSaysSo()
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        Assert.Equal(1, ExploreProcess.Run(["move", "--states", "10"], output, errors));
        Assert.Contains("NOT ALL ORDERS WERE SEEN", output.ToString(), StringComparison.Ordinal);
    }

    private static SmallWorld MakeSmaller()
    {
        SmallWorld whole = SmallWorlds.All.Single(static world => world.Name == "deposed");
        return whole with { DoubtfulPuts = 0, Clients = [whole.Clients[^1]] };
    }
}
