using System.Collections.Immutable;

namespace OrleansShards.Client.Routing;

/// <summary>What a router knows from the start, and how patient it is.</summary>
public sealed record RouterOptions
{
    /// <summary>The router's name: with <see cref="Run"/> in it, the name of its own sessions.</summary>
    public required string Name { get; init; }

    /// <summary>This run of the router; drawn by the shell.</summary>
    public required Incarnation Run { get; init; }

    /// <summary>The masters' names; the first is asked first.</summary>
    public required ImmutableArray<MasterName> Masters { get; init; }

    /// <summary>The groups' names: where to look for what another router may have had carried out.</summary>
    public required ImmutableArray<GroupId> Groups { get; init; }

    /// <summary>How many shards the keys are spread over; the same as the cluster was founded with.</summary>
    public required int ShardCount { get; init; }

    /// <summary>How long to wait before the first repetition after a refusal that time may heal; doubles each time.</summary>
    /// <value>5 ms unless set: a hand-over's pause is a handful of log writes.</value>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The longest wait between two repetitions.</summary>
    /// <value>100 ms unless set.</value>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How large a part of a request's time one unanswered attempt may take before the next is made.</summary>
    /// <value>3, for a third, unless set.</value>
    public int AttemptsInDeadline { get; init; } = 3;
}
