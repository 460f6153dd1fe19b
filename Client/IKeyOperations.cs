using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>
/// Operations on keys. Keys and values are JSON texts: a key is known by its JSON value (1 and 1.0 are one key, "1" is
/// another), a value comes back as the bytes that it was written as. <see cref="KeyOperationsExtensions"/> has the same
/// for names and .NET values.
/// </summary>
/// <remarks>
/// Thread-safe. Every call ends by its deadline with a <see cref="KeyResult"/>; what can be expected to happen is a
/// result and no exception. Per key, what callers see is linearizable. Each call takes effect at most once, however
/// often it had to be repeated on the way. Cancelling only gives up waiting
/// (<see cref="OperationCanceledException"/>): what was sent may still take effect, once.
/// </remarks>
public interface IKeyOperations
{
    /// <summary>Reads a value: <see cref="KeyResult.Found"/>, <see cref="KeyResult.Absent"/>, or a failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="call">What this call says for itself; null for the client's options.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentException">The key is no JSON value, or the call's options make no sense.</exception>
    Task<KeyResult> GetAsync(JsonText key, CallOptions? call = null, CancellationToken cancellationToken = default);

    /// <summary>Sets a value, whatever was there: <see cref="KeyResult.Applied"/>, or a failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="call">What this call says for itself; null for the client's options.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentException">A text is no JSON value, or the call's options make no sense.</exception>
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
    /// <param name="call">What this call says for itself; null for the client's options.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentException">A text is no JSON value, or the call's options make no sense.</exception>
    Task<KeyResult> CompareAndSetAsync(
        JsonText key,
        JsonText expected,
        JsonText value,
        bool createIfAbsent = false,
        CallOptions? call = null,
        CancellationToken cancellationToken = default);

    /// <summary>Removes a key: <see cref="KeyResult.Applied"/>, <see cref="KeyResult.Absent"/>, or a failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="call">What this call says for itself; null for the client's options.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentException">The key is no JSON value, or the call's options make no sense.</exception>
    Task<KeyResult> DeleteAsync(JsonText key, CallOptions? call = null, CancellationToken cancellationToken = default);
}

/// <summary>What one call says for itself. Immutable: one instance may serve any number of calls.</summary>
public sealed record CallOptions
{
    /// <summary>How long the call may take, all waiting and all repetitions in it.</summary>
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
