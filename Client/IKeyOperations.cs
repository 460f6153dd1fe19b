using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>
/// Operations on keys. Keys and values are JSON texts: a key is known by its JSON value (1 and 1.0 are one key, "1" is
/// another), a value comes back as the bytes that it was written as. <see cref="KeyOperationsExtensions"/> has the same
/// for names and .NET values.
/// </summary>
/// <remarks>
/// Thread-safe. Every call ends by its deadline with a <see cref="KeyResult"/>; an expected failure is a result, not an
/// exception. Operations on one key are linearizable. Each call takes effect at most once, however often the client has
/// to retry it. Cancellation only stops the wait (<see cref="OperationCanceledException"/>): a request that was sent may
/// still take effect, once.
/// </remarks>
public interface IKeyOperations
{
    /// <summary>Reads a value: <see cref="KeyResult.Found"/>, <see cref="KeyResult.Absent"/>, or a failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="ArgumentException">The key is not a JSON value, or an option of the call is out of range.</exception>
    Task<KeyResult> GetAsync(JsonText key, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Sets a value unconditionally: <see cref="KeyResult.Applied"/>, or a failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="ArgumentException">A text is not a JSON value, or an option of the call is out of range.</exception>
    Task<KeyResult> PutAsync(
        JsonText key, JsonText value, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets a value if the present one is the expected one, as JSON values: <see cref="KeyResult.Applied"/>,
    /// <see cref="KeyResult.Differs"/>, <see cref="KeyResult.Absent"/>, or a failure.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="expected">The value that is expected.</param>
    /// <param name="value">The value to set.</param>
    /// <param name="createIfAbsent">Whether it is set where the key is absent.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="ArgumentException">A text is not a JSON value, or an option of the call is out of range.</exception>
    Task<KeyResult> CompareAndSetAsync(
        JsonText key,
        JsonText expected,
        JsonText value,
        bool createIfAbsent = false,
        CallOptions? call = null,
        CancellationToken cancellationToken = default);

    /// <summary>Removes a key: <see cref="KeyResult.Applied"/>, <see cref="KeyResult.Absent"/>, or a failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="ArgumentException">The key is not a JSON value, or an option of the call is out of range.</exception>
    Task<KeyResult> DeleteAsync(JsonText key, CallOptions? call = null, CancellationToken cancellationToken = default);
}

/// <summary>Options of one call. Immutable: one instance may serve any number of calls.</summary>
public sealed record CallOptions
{
    /// <summary>How long the call may take, including all waiting and all retries.</summary>
    /// <value>
    /// Null unless set: <see cref="ShardsClientOptions.Deadline"/>, or <see cref="ShardsClientOptions.MoveDeadline"/> for a
    /// call that waits for a move. More than 0, at most a day.
    /// </value>
    public TimeSpan? Deadline { get; init; }

    /// <summary>The shard, where the application places keys by itself; every call for a key must name the same.</summary>
    /// <value>Null unless set: the key's own, by a fixed hash of its JSON value.</value>
    public ShardId? Shard { get; init; }

    /// <summary>
    /// The number under which a session sends the call: one that <see cref="IShardsSession.ReserveSequence"/> gave, or
    /// one that was sent before and is repeated. Only in a session.
    /// </summary>
    /// <value>Null unless set: the session's next number.</value>
    public long? Sequence { get; init; }
}
