namespace OrleansShards.Core.Groups;

/// <summary>How a group runs.</summary>
public sealed record GroupConfig
{
    /// <summary>The group's name.</summary>
    public required GroupId Group { get; init; }

    /// <summary>Every master's name; the first is asked first.</summary>
    public required ImmutableArray<MasterName> Masters { get; init; }

    /// <summary>How often the primary hears from the group.</summary>
    /// <value>1 s unless set: a takeover's redirect phase waits as long.</value>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer may take before the next master is asked.</summary>
    /// <value>1 s unless set.</value>
    public TimeSpan CallLimit { get; init; } = TimeSpan.FromSeconds(1);
}
