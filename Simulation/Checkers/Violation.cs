namespace OrleansShards.Simulation.Checkers;

/// <summary>Something that must not be, seen in a history or in a run.</summary>
/// <param name="Rule">Which rule is broken: a short, stable name in kebab-case, such as <c>linearizable</c>.</param>
/// <param name="Text">What was seen, for a person; it may have several lines.</param>
public sealed record Violation(string Rule, string Text);
