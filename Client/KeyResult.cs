using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>
/// The outcome of an operation on a key; one of the nested types. <see cref="Applied"/>, <see cref="Found"/>,
/// <see cref="Absent"/> and <see cref="Differs"/> are answers of the cluster, durable when they come; the others are
/// failures.
/// </summary>
public abstract record KeyResult
{
    private KeyResult()
    {
    }

    /// <summary>Whether the outcome is certain: all but <see cref="Unknown"/> and <see cref="StaleSequence"/>.</summary>
    public bool IsDefinite => this is not (Unknown or StaleSequence);

    /// <summary>Whether the operation failed: the cluster gave no answer to it.</summary>
    public bool IsFailure => this is NotApplied or Unknown or StaleSequence;

    /// <summary>Written or deleted, durably, once.</summary>
    public sealed record Applied : KeyResult
    {
        internal static Applied Instance { get; } = new();
    }

    /// <summary>The key is present; its value is the bytes that were written.</summary>
    public sealed record Found(JsonText Value) : KeyResult
    {
        /// <summary>The value as a .NET value; null options are the defaults of System.Text.Json.</summary>
        /// <exception cref="JsonException">The value is not a <typeparamref name="T"/>.</exception>
        public T? ValueAs<T>(JsonSerializerOptions? json = null) => JsonSerializer.Deserialize<T>(Value.Span, json);

        /// <summary>The value as a .NET value, without reflection.</summary>
        /// <exception cref="JsonException">The value is not a <typeparamref name="T"/>.</exception>
        public T? ValueAs<T>(JsonTypeInfo<T> json) => JsonSerializer.Deserialize(Value.Span, json);
    }

    /// <summary>The key is absent; nothing was changed.</summary>
    public sealed record Absent : KeyResult
    {
        internal static Absent Instance { get; } = new();
    }

    /// <summary>
    /// The present value is not the expected one; nothing was changed. <paramref name="Actual"/> is of kind
    /// <see cref="JsonKind.None"/> if the cluster did not report it.
    /// </summary>
    public sealed record Differs(JsonText Actual) : KeyResult;

    /// <summary>
    /// The session has already used a number above <paramref name="Sequence"/>. This call changed nothing; the outcome of an
    /// earlier call under the same number is no longer known. Expected only if two processes use one session, or if the
    /// application has lost its last number.
    /// </summary>
    public sealed record StaleSequence(long Sequence) : KeyResult;

    /// <summary>
    /// It has not taken effect, and never will. The reason is text for an operator. <paramref name="MayHelpToRepeat"/> says
    /// whether the cause may pass (no node could be reached, the shard was moving); false if the request itself was refused (there
    /// is no such shard), or if the client was stopped.
    /// </summary>
    public sealed record NotApplied(string Reason, bool MayHelpToRepeat) : KeyResult;

    /// <summary>
    /// It took effect once, may still do so, or never will; this was not known by the deadline. Never the result of a
    /// read. In a session, a repetition under the same number returns the outcome. The reason is text for an operator.
    /// </summary>
    public sealed record Unknown(string Reason) : KeyResult;

    /// <summary>Returns this result if the cluster has answered.</summary>
    /// <exception cref="KeyRequestException">The result is a failure (<see cref="IsFailure"/>).</exception>
    public KeyResult ThrowIfFailed() => IsFailure ? throw new KeyRequestException(this) : this;
}

/// <summary>A failure that <see cref="KeyResult.ThrowIfFailed"/> has thrown.</summary>
public sealed class KeyRequestException(KeyResult result) : Exception(TextOf(result))
{
    /// <summary>The failure.</summary>
    public KeyResult Result { get; } = result;

    private static string TextOf(KeyResult result) => result switch
    {
        KeyResult.NotApplied failure => $"not applied: {failure.Reason}",
        KeyResult.Unknown failure => $"the outcome is unknown: {failure.Reason}",
        KeyResult.StaleSequence stale => $"the session has already used a number above {stale.Sequence}",
        _ => $"the cluster has answered: {result.GetType().Name}",
    };
}
