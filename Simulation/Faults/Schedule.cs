namespace OrleansShards.Simulation.Faults;

/// <summary>Draws which faults happen when.</summary>
internal static class Schedule
{
    /// <summary>By time, which follows from the length that is drawn, not set: a shorter run has the same faults up to its end.</summary>
    internal static List<PlannedFault> Of(RunOptions options)
    {
        List<PlannedFault> planned = [];
        long length = options.Drawn("faults-ms") * 1_000;
        foreach (OptionSpec spec in OptionTable.All)
        {
            for (int number = 1; spec.Fault is { } kind && number <= options[spec.Name]; number++)
            {
                string name = $"{kind}#{number}";
                Rng draws = options.Stream(name);
                PlannedFault fault = new(name, kind, draws.Between(0, length), draws);
                if (!options.Skip.Contains(name))
                    planned.Add(fault);
            }
        }

        return [.. planned.OrderBy(static fault => fault.At).ThenBy(static fault => fault.Name, StringComparer.Ordinal)];
    }
}

/// <summary>A scheduled fault: its name (<c>pause#2</c>), its option without <c>fault.</c>, and the stream of its details.</summary>
internal sealed record PlannedFault(string Name, string Option, long At, Rng Draws);
