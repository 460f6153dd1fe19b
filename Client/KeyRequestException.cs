namespace OrleansShards.Client;

/// <summary>A failure that the application wanted thrown (<see cref="KeyResult.ThrowIfFailed"/>).</summary>
public sealed class KeyRequestException : Exception
{
    /// <summary>One for a result.</summary>
    /// <param name="result">The failure.</param>
    public KeyRequestException(KeyResult result)
        : base(TextOf(result)) => Result = result;

    /// <summary>The failure.</summary>
    public KeyResult Result { get; }

    private static string TextOf(KeyResult result) => result switch
    {
        KeyResult.NotApplied failure => $"not applied: {failure.Reason}",
        KeyResult.Unknown failure => $"the outcome is unknown: {failure.Reason}",
        KeyResult.StaleSequence stale => $"the session has gone on beyond number {stale.Sequence}",
        _ => result.ToString(),
    };
}
