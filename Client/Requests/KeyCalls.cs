using OrleansShards.Core.Json;

namespace OrleansShards.Client.Requests;

/// <summary>Turns calls into commands; rejects invalid arguments before anything is sent.</summary>
internal abstract class KeyCalls : IKeyOperations
{
    /// <inheritdoc />
    public Task<KeyResult> GetAsync(JsonText key, CallOptions? call, CancellationToken cancellationToken) =>
        Ask(KeyVerb.Read, key, default, default, false, call, cancellationToken);

    /// <inheritdoc />
    public Task<KeyResult> PutAsync(
        JsonText key, JsonText value, CallOptions? call, CancellationToken cancellationToken) =>
        Ask(KeyVerb.Write, key, Known(value, nameof(value)), default, false, call, cancellationToken);

    /// <inheritdoc />
    public Task<KeyResult> CompareAndSetAsync(
        JsonText key,
        JsonText expected,
        JsonText value,
        bool createIfAbsent,
        CallOptions? call,
        CancellationToken cancellationToken) => Ask(
            KeyVerb.CompareAndSet,
            key,
            Known(value, nameof(value)),
            Known(expected, nameof(expected)),
            createIfAbsent,
            call,
            cancellationToken);

    /// <inheritdoc />
    public Task<KeyResult> DeleteAsync(JsonText key, CallOptions? call, CancellationToken cancellationToken) =>
        Ask(KeyVerb.Delete, key, default, default, false, call, cancellationToken);

    protected abstract Task<KeyResult> AskAsync(
        KeyCommand command, CallOptions? call, CancellationToken cancellationToken);

    private Task<KeyResult> Ask(
        KeyVerb verb,
        JsonText key,
        JsonText value,
        JsonText expected,
        bool createIfAbsent,
        CallOptions? call,
        CancellationToken cancellationToken)
    {
        if (call?.Deadline is { } deadline && !ShardsClientOptions.IsDeadline(deadline))
            throw new ArgumentException($"Deadline is {deadline}; expected more than 0 and at most a day", nameof(call));

        KeyCommand command = new(verb, Known(key, nameof(key)), value, expected, createIfAbsent);
        return AskAsync(command, call, cancellationToken);
    }

    private static JsonText Known(JsonText text, string name) => text.Kind != JsonKind.None
        ? text
        : throw new ArgumentException("no JSON value; expected one, null for instance", name);
}
