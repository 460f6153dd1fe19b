namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>A <c>src</c> or <c>dest</c>: compared by content, however the text spelt it, and ready to be written. Immutable.</summary>
internal sealed class PeerName : IEquatable<PeerName>
{
    private readonly byte[] _quoted;
    private readonly int _hash;

    private PeerName(byte[] quoted, string value)
    {
        _quoted = quoted;
        _hash = (int)StableHash.Of(quoted);
        Value = value;
    }

    /// <summary>The name.</summary>
    internal string Value { get; }

    /// <summary>The name as JSON text, quotes included, always spelt the same way.</summary>
    internal ReadOnlySpan<byte> Quoted => _quoted;

    /// <summary>The name that a JSON string stands for. The text's memory is not kept.</summary>
    internal static PeerName From(JsonText text)
    {
        bool good = text.TryReadString(out string value);
        return good
            ? new PeerName(KeyText.From(text).Canonical.ToArray(), value)
            : throw new ArgumentException($"expected a JSON string, got a value of kind {text.Kind}", nameof(text));
    }

    /// <inheritdoc/>
    public bool Equals(PeerName? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && Quoted.SequenceEqual(other.Quoted));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PeerName);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <inheritdoc/>
    public override string ToString() => Value;
}
