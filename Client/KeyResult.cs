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

    /// <summary>Whether it is certain what has happened and what has not: all but <see cref="Unknown"/> and
    /// <see cref="StaleSequence"/>.</summary>
    public virtual bool IsDefinite => true;

    /// <summary>Whether the operation failed: the cluster gave no answer to it.</summary>
    public virtual bool IsFailure => false;

    /// <summary>Written or deleted, durably, once.</summary>
    public sealed record Applied : KeyResult
    {
        internal static Applied Instance { get; } = new();
    }

    /// <summary>The key is there.</summary>
    /// <param name="Value">Its value, as the bytes that it was written as.</param>
    public sealed record Found(JsonText Value) : KeyResult
    {
        /// <summary>The value as a .NET value.</summary>
        /// <param name="json">How to read it; null for System.Text.Json's defaults.</param>
        /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
        public T? ValueAs<T>(JsonSerializerOptions? json = null) => JsonSerializer.Deserialize<T>(Value.Span, json);

        /// <summary>The value as a .NET value, without reflection.</summary>
        /// <param name="json">How to read it.</param>
        /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
        public T? ValueAs<T>(JsonTypeInfo<T> json) => JsonSerializer.Deserialize(Value.Span, json);
    }

    /// <summary>The key is not there; nothing was changed.</summary>
    public sealed record Absent : KeyResult
    {
        internal static Absent Instance { get; } = new();
    }

    /// <summary>The present value is not the expected one; nothing was changed.</summary>
    /// <param name="Actual">The present value; of kind <see cref="JsonKind.None"/> where it was not told.</param>
    public sealed record Differs(JsonText Actual) : KeyResult;

    /// <summary>
    /// The session has gone on to a higher number. This sending has changed nothing; whether an earlier one under the
    /// same number did cannot be told any more. Expected only where two processes use one session, or where the
    /// application has lost its last number.
    /// </summary>
    /// <param name="Sequence">The stale sequence number.</param>
    public sealed record StaleSequence(long Sequence) : KeyResult
    {
        /// <inheritdoc />
        public override bool IsDefinite => false;

        /// <inheritdoc />
        public override bool IsFailure => true;
    }

    /// <summary>It has not taken effect, and never will.</summary>
    /// <param name="Reason">Why, as text for an operator.</param>
    /// <param name="MayHelpToRepeat">
    /// Whether time may heal it (nobody could be reached, a shard was on its way); false where the request itself was
    /// refused.
    /// </param>
    public sealed record NotApplied(string Reason, bool MayHelpToRepeat) : KeyResult
    {
        /// <inheritdoc />
        public override bool IsFailure => true;
    }

    /// <summary>
    /// It has taken effect, or will, once, or never: by the deadline nobody could tell. Never the result of a read. In a
    /// session the same number again tells.
    /// </summary>
    /// <param name="Reason">What is known, as text for an operator.</param>
    public sealed record Unknown(string Reason) : KeyResult
    {
        /// <inheritdoc />
        public override bool IsDefinite => false;

        /// <inheritdoc />
        public override bool IsFailure => true;
    }

    /// <summary>The same result, where the cluster has answered.</summary>
    /// <exception cref="KeyRequestException">It is a failure (<see cref="IsFailure"/>).</exception>
    public KeyResult ThrowIfFailed() => IsFailure ? throw new KeyRequestException(this) : this;
}

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
