namespace OrleansShards.Client;

/// <summary>How an operator's request ended; one of the types in here.</summary>
/// <typeparam name="T">What is answered.</typeparam>
public abstract record AdminResult<T>
{
    private AdminResult()
    {
    }

    /// <summary>Done, durably.</summary>
    /// <param name="Value">The answer.</param>
    public sealed record Done(T Value) : AdminResult<T>;

    /// <summary>It has not been done, and will not be; definite.</summary>
    /// <param name="Reason">For people: why.</param>
    public sealed record NotApplied(string Reason) : AdminResult<T>;

    /// <summary>It may have been done, or may still be. Asking again does no harm.</summary>
    /// <param name="Reason">For people: what is known.</param>
    public sealed record Unknown(string Reason) : AdminResult<T>;

    /// <summary>The answer, where it was done.</summary>
    /// <exception cref="InvalidOperationException">It was not, or nobody knows; the text says why.</exception>
    public T ValueOrThrow() => this switch
    {
        Done done => done.Value,
        NotApplied failure => throw new InvalidOperationException($"not done: {failure.Reason}"),
        Unknown failure => throw new InvalidOperationException($"the outcome is unknown: {failure.Reason}"),
        _ => throw new InvalidOperationException($"{GetType().Name} is no result"),
    };
}
