namespace OrleansShards.Simulation.Checkers;

/// <summary>Something that must not be, seen in a history or in a run.</summary>
/// <param name="Rule">Which rule is broken: a short, stable name in kebab-case, such as <c>linearizable</c>.</param>
/// <param name="Text">What was seen, for a person; it may have several lines.</param>
public sealed record Violation(string Rule, string Text);

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
