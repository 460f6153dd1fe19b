using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>
/// Operations on keys. Keys and values are JSON texts. A key is identified by its JSON value (1 and 1.0 are one key, "1" is
/// another); a value is returned as the bytes that were written. <see cref="KeyOperationsExtensions"/> has the same
/// operations for names and .NET values.
/// </summary>
/// <remarks>
/// Thread-safe. Every call ends by its deadline with a <see cref="KeyResult"/>; an expected failure is a result, not an
/// exception. Operations on one key are linearizable. Each call takes effect at most once, however often the client has
/// to retry it. A call without <see cref="CallOptions"/> uses the client's. Cancellation only stops the wait
/// (<see cref="OperationCanceledException"/>): a request that was sent may still take effect, once. A text that is not a
/// JSON value, or an option that is out of range, is an <see cref="ArgumentException"/>.
/// </remarks>
public interface IKeyOperations
{
    /// <summary>Reads a value: <see cref="KeyResult.Found"/>, <see cref="KeyResult.Absent"/>, or a failure.</summary>
    Task<KeyResult> GetAsync(JsonText key, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Sets a value unconditionally: <see cref="KeyResult.Applied"/>, or a failure.</summary>
    Task<KeyResult> PutAsync(JsonText key, JsonText value, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets a value if the present one is <paramref name="expected"/>, compared as JSON values, or if the key is absent and
    /// <paramref name="createIfAbsent"/> is set: <see cref="KeyResult.Applied"/>, <see cref="KeyResult.Differs"/>,
    /// <see cref="KeyResult.Absent"/>, or a failure.
    /// </summary>
    Task<KeyResult> CompareAndSetAsync(
        JsonText key,
        JsonText expected,
        JsonText value,
        bool createIfAbsent = false,
        CallOptions? call = null,
        CancellationToken cancellationToken = default);

    /// <summary>Removes a key: <see cref="KeyResult.Applied"/>, <see cref="KeyResult.Absent"/>, or a failure.</summary>
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

    /// <summary>The shard, if the application places keys itself; every call for a key must name the same shard.</summary>
    /// <value>Null unless set: the key's own, by a fixed hash of its JSON value.</value>
    public ShardId? Shard { get; init; }

    /// <summary>
    /// The sequence number of the call, only in a session: one that <see cref="IShardsSession.ReserveSequence"/> returned,
    /// or the number of an earlier call that is repeated.
    /// </summary>
    /// <value>Null unless set: the session's next number.</value>
    public long? Sequence { get; init; }
}
