namespace OrleansShards.Simulation.Faults;

/// <summary>Draws which faults happen when.</summary>
internal static class Schedule
{
    private const string Prefix = "fault.";

    /// <summary>Every scheduled fault of a run in the order of time, but those that are left out.</summary>
    /// <remarks>Their times follow from the length that is drawn, not from the one that is set: a shortened run has the
    /// faults of the long one, as far as it gets.</remarks>
    internal static List<PlannedFault> Of(RunOptions options)
    {
        List<PlannedFault> planned = [];
        long length = options.Drawn("faults-ms") * 1_000;
        foreach (OptionSpec spec in OptionTable.All)
        {
            if (!spec.Name.StartsWith(Prefix, StringComparison.Ordinal))
                continue;

            string kind = spec.Name[Prefix.Length..];
            for (int number = 1; number <= options[spec.Name]; number++)
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
