namespace OrleansShards.Simulation.Checkers;

/// <summary>One attempt to raise a counter by one.</summary>
/// <param name="Process">Who asked.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="From">The value that it was to raise, if known.</param>
public sealed record Increment(int Process, IncrementOutcome Outcome, long? From = null);

/// <summary>What the one who asked for an increment was told.</summary>
public enum IncrementOutcome
{
    /// <summary>The counter was raised.</summary>
    Done,

    /// <summary>It was not, and this request will never do it.</summary>
    Refused,

    /// <summary>It was raised once, or will be yet, or not at all.</summary>
    Unknown,
}
