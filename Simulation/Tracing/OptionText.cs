namespace OrleansShards.Simulation.Tracing;

/// <summary>All that decides a run, as a person reads it.</summary>
internal static class OptionText
{
    /// <summary>The seed, and every option: its value, what it is, and where it is set what was drawn.</summary>
    internal static IEnumerable<string> Of(RunOptions options)
    {
        yield return $"seed {options.Seed}, profile {options.Profile.Name}";
        foreach (OptionSpec spec in OptionTable.All)
        {
            string drawn = options.Set.ContainsKey(spec.Name) ? $" (set; {options.Drawn(spec.Name)} is drawn)" : "";
            yield return Of(spec, options[spec.Name]) + drawn;
        }

        if (options.Skip.Count > 0)
            yield return $"  left out: {string.Join(", ", options.Skip)}";
    }

    /// <summary>One option and a value of it.</summary>
    internal static string Of(OptionSpec spec, long value) =>
        string.Create(CultureInfo.InvariantCulture, $"  {spec.Name,-24} {value,9}  {spec.Text}");
}
