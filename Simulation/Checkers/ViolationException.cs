namespace OrleansShards.Simulation.Checkers;

/// <summary>A rule is broken: the run ends here.</summary>
/// <param name="rule">The rule's short name.</param>
/// <param name="text">What was seen, with the numbers.</param>
public sealed class ViolationException(string rule, string text) : Exception($"{rule}: {text}")
{
    /// <summary>The rule's short name.</summary>
    public string Rule { get; } = rule;

    /// <summary>What was seen, with the numbers.</summary>
    public string Text { get; } = text;
}
