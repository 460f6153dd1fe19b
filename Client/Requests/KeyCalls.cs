using System.Runtime.CompilerServices;
using OrleansShards.Core.Json;

namespace OrleansShards.Client.Requests;

/// <summary>Turns calls into commands; rejects invalid arguments before anything is sent.</summary>
internal abstract class KeyCalls : IKeyOperations
{
    public Task<KeyResult> GetAsync(JsonText key, CallOptions? call, CancellationToken cancellationToken) =>
        CheckAndAsk(new KeyCommand(KeyVerb.Read, Valid(key), default, default, false), call, cancellationToken);

    public Task<KeyResult> PutAsync(JsonText key, JsonText value, CallOptions? call, CancellationToken cancellationToken) =>
        CheckAndAsk(new KeyCommand(KeyVerb.Write, Valid(key), Valid(value), default, false), call, cancellationToken);

    public Task<KeyResult> CompareAndSetAsync(
        JsonText key, JsonText expected, JsonText value, bool createIfAbsent, CallOptions? call, CancellationToken cancellationToken) =>
        CheckAndAsk(
            new KeyCommand(KeyVerb.CompareAndSet, Valid(key), Valid(value), Valid(expected), createIfAbsent), call, cancellationToken);

    public Task<KeyResult> DeleteAsync(JsonText key, CallOptions? call, CancellationToken cancellationToken) =>
        CheckAndAsk(new KeyCommand(KeyVerb.Delete, Valid(key), default, default, false), call, cancellationToken);

    protected abstract Task<KeyResult> AskAsync(KeyCommand command, CallOptions? call, CancellationToken cancellationToken);

    private Task<KeyResult> CheckAndAsk(KeyCommand command, CallOptions? call, CancellationToken cancellationToken) =>
        call?.Deadline is { } deadline && !ShardsClientOptions.IsDeadline(deadline)
            ? throw new ArgumentException($"Deadline is {deadline}; expected more than 0 and at most a day", nameof(call))
            : AskAsync(command, call, cancellationToken);

    private static JsonText Valid(JsonText text, [CallerArgumentExpression(nameof(text))] string name = "") =>
        text.Kind != JsonKind.None ? text : throw new ArgumentException("no JSON value; expected one, null for instance", name);
}
