using System.Collections.Immutable;

namespace OrleansShards.Client.Routing;

/// <summary>Options of a router.</summary>
public sealed record RouterOptions
{
    /// <summary>The router's name: together with <see cref="Run"/> the name of its own sessions.</summary>
    public required string Name { get; init; }

    /// <summary>This run of the router; drawn by the host.</summary>
    public required Incarnation Run { get; init; }

    /// <summary>The masters; the first is asked first.</summary>
    public required ImmutableArray<MasterName> Masters { get; init; }

    /// <summary>The groups that the cluster was created with. The router learns of others from the primary.</summary>
    public required ImmutableArray<GroupId> Groups { get; init; }

    /// <summary>Number of shards, the same as the cluster was created with.</summary>
    public required int ShardCount { get; init; }

    /// <summary>How large data may be: a request beyond it is refused and not sent.</summary>
    public DataLimits Limits { get; init; } = new();

    /// <summary>When requests are retried.</summary>
    public RetryOptions Retry { get; init; } = RetryOptions.Default;

    /// <summary>Where the router counts what it sends again: a host hands one on from router to router. Nothing depends on it.</summary>
    public RouterCounts Counts { get; init; } = new();
}

/// <summary>
/// When a router retries. The back-off before the first retry is <paramref name="After"/> and doubles with each retry up to
/// <paramref name="AfterMax"/>; an unanswered attempt ends after the request's time divided by
/// <paramref name="AttemptsInDeadline"/>.
/// </summary>
public sealed record RetryOptions(TimeSpan After, TimeSpan AfterMax, int AttemptsInDeadline)
{
    /// <summary>5 ms (a hand-over's pause is a few log writes), 100 ms and 3.</summary>
    public static RetryOptions Default { get; } = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(100), 3);
}
