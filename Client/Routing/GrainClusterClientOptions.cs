namespace OrleansShards.Client.Routing;

/// <summary>How a <see cref="GrainClusterClient"/> behaves.</summary>
public sealed record GrainClusterClientOptions
{
    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where alarms and defects are reported; called on any thread.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <summary>Told each notice that the masters publish, on any thread; throws nothing and returns soon.</summary>
    public Action<Message> Heard { get; init; } = static _ => { };

    /// <summary>
    /// Why nothing can be sent now, null where something can; asked before every call, on the router's thread. A request
    /// that met nothing else has not been carried out, and its outcome says so.
    /// </summary>
    /// <value>Null always unless set.</value>
    public Func<string?> Obstacle { get; init; } = static () => null;

    /// <summary>Ends what the client needs in this process, such as a silo or a connection; called when the client itself has
    /// stopped.</summary>
    /// <value>Nothing unless set.</value>
    public Func<Task> End { get; init; } = static () => Task.CompletedTask;

    /// <summary>How long to wait before the first repetition after a refusal that time may heal; doubles each time.</summary>
    /// <value>5 ms unless set: a hand-over's pause is a handful of log writes.</value>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The longest wait between two repetitions.</summary>
    /// <value>100 ms unless set.</value>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many unanswered attempts a request's time is divided between.</summary>
    /// <value>3 unless set.</value>
    public int AttemptsInDeadline { get; init; } = 3;
}
