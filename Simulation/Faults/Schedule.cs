namespace OrleansShards.Simulation.Faults;

/// <summary>Draws which faults happen when.</summary>
internal static class Schedule
{
    /// <summary>
    /// The scheduled faults of a run in the order of their times, without those that are left out. The times follow from the
    /// length that is drawn, not from the one that is set: a shortened run has the faults of the long one up to its end.
    /// </summary>
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

        planned.Sort(static (left, right) => left.At != right.At
            ? left.At.CompareTo(right.At)
            : string.CompareOrdinal(left.Name, right.Name));
        return planned;
    }
}

/// <summary>A scheduled fault: its name (<c>pause#2</c>), its option without <c>fault.</c>, and the stream of its details.</summary>
internal sealed record PlannedFault(string Name, string Option, long At, Rng Draws);
