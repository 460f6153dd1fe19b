using OrleansShards.CommandLine;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Exploring;

namespace OrleansShards.Simulation.Cli;

/// <summary>The command line of the explorer: runs every order of events of small worlds, or tells one order.</summary>
internal static class ExploreProcess
{
    /// <returns>0 if every order was seen and no rule was broken, 1 if not, 2 if the command line is wrong.</returns>
    internal static int Run(string[] args, TextWriter output, TextWriter errors)
    {
        if (new ExploreOptionReader().Read(ExploreOptionReader.Words(args), output, errors, out int exitCode) is not { } request)
            return exitCode;

        if (request.Order is { } order)
            return Tell(SmallWorlds.All.Single(world => world.Name == request.World), order, output, errors);

        bool isSound = true;
        foreach (SmallWorld world in SmallWorlds.All.Where(world => request.World is null || world.Name == request.World))
            isSound &= Explore(world, request.StatesMax, output, errors).IsExhausted;

        return isSound ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Explores one world, and writes what was seen.</summary>
    internal static ExplorationResult Explore(SmallWorld world, long statesMax, TextWriter output, TextWriter errors)
    {
        output.WriteLine($"{world.Name}: {world.Text}");
        foreach (string line in world.Bounds())
            output.WriteLine($"  {line}");

        output.Flush();
        WallClock clock = new();
        Exploration exploration = new(world, statesMax)
        {
            Progress = (found, continued) =>
            {
                if (clock.HasPassed(TimeSpan.FromSeconds(20)))
                    errors.WriteLine($"explore: {world.Name}: {continued} of {found} states continued, {clock.Elapsed.TotalSeconds:0} s");
            },
        };
        ExplorationResult result = exploration.Run();
        Write(world, result, clock.Elapsed, output);
        if (result.Violation is { } violation)
        {
            output.WriteLine();
            output.WriteLine($"VIOLATION of {violation.Rule}, after {result.Order.Count} events, the fewest that do it");
            exploration.Tell(result.Order, output);
            output.WriteLine(violation.Text);
            output.WriteLine($"to repeat it: ./run.sh explore {world.Name} --order {string.Join(',', result.Order)}");
        }

        output.Flush();
        return result;
    }

    private static void Write(SmallWorld world, ExplorationResult result, TimeSpan wall, TextWriter output)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {result.States:N0} states, {result.Transitions:N0} events from one to another, {result.Ends:N0} ends, "
            + $"the longest order {result.LongestOrder} events, {wall.TotalSeconds:0.0} s"));
        output.WriteLine(
            result.Violation is not null ? $"  a rule is broken; not every order of {world.Name} was seen"
            : result.IsExhausted
                ? string.Create(CultureInfo.InvariantCulture, $"  all {result.Orders:E3} orders were seen, and no rule was broken")
            : $"  NOT ALL ORDERS WERE SEEN: the limit of states was reached, with {result.States - result.Continued} still open");
    }

    private static int Tell(SmallWorld world, IReadOnlyList<int> order, TextWriter output, TextWriter errors)
    {
        try
        {
            ViolationException? violation = new Exploration(world, 1).Tell(order, output);
            output.WriteLine(violation is null ? "no rule was broken" : $"VIOLATION of {violation.Message}");
            return violation is null ? ExitCodes.Success : ExitCodes.Failure;
        }
        catch (FormatException wrong)
        {
            errors.WriteLine($"explore: --order: {wrong.Message}");
            return ExitCodes.BadOptions;
        }
    }
}
