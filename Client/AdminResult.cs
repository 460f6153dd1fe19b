namespace OrleansShards.Client;

/// <summary>The outcome of an administrative request; one of the nested types.</summary>
/// <typeparam name="T">The type of the answer.</typeparam>
public abstract record AdminResult<T>
{
    private AdminResult()
    {
    }

    /// <summary>Done, durably, with the answer.</summary>
    public sealed record Done(T Value) : AdminResult<T>;

    /// <summary>Not done, and it never will be; definite. The reason is text for an operator.</summary>
    public sealed record NotApplied(string Reason) : AdminResult<T>;

    /// <summary>It may have been done, or may still be done; repeating it does no harm. The reason is text for an operator.</summary>
    public sealed record Unknown(string Reason) : AdminResult<T>;

    /// <summary>Returns the answer if the request was done.</summary>
    /// <exception cref="InvalidOperationException">It was not done, or the outcome is unknown; the text says why.</exception>
    public T ValueOrThrow() => this switch
    {
        Done done => done.Value,
        NotApplied failure => throw new InvalidOperationException($"not done: {failure.Reason}"),
        Unknown failure => throw new InvalidOperationException($"the outcome is unknown: {failure.Reason}"),
        _ => throw new InvalidOperationException($"{GetType().Name} is not a result"),
    };
}
