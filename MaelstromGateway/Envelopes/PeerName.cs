namespace OrleansShards.MaelstromGateway.Envelopes;

/// <summary>A <c>src</c> or <c>dest</c>. Names are compared by content, however the JSON text spelled it. Immutable.</summary>
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

    internal string Value { get; }

    /// <summary>The name as canonical JSON text, quotes included.</summary>
    internal ReadOnlySpan<byte> Quoted => _quoted;

    /// <summary>The name that a JSON string spells. Does not keep the text's memory.</summary>
    internal static PeerName From(JsonText text) => text.TryReadString(out string value)
        ? new PeerName(KeyText.From(text).Canonical.ToArray(), value)
        : throw new ArgumentException($"expected a JSON string, got a value of kind {text.Kind}", nameof(text));

    public bool Equals(PeerName? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Quoted.SequenceEqual(other.Quoted));

    public override bool Equals(object? obj) => Equals(obj as PeerName);
    public override int GetHashCode() => _hash;
    public override string ToString() => Value;
}

/// <summary>
/// A direct-mapped cache of recent names, so that a repeated name is not a new object on every line. A name whose slot is taken
/// replaces the one there, which bounds the cache. For one thread.
/// </summary>
internal sealed class NameCache
{
    // Longer texts are not cached, which bounds the memory of all slots together.
    private const int TextBytesMax = 256;

    private readonly (byte[] Text, PeerName? Name)[] _slots = new (byte[], PeerName?)[1024];

    /// <summary>The name in a member's value; null if the value is not a string.</summary>
    internal PeerName? Find(in JsonMember member)
    {
        ReadOnlySpan<byte> text = member.RawValue.Span;
        if (text[0] != '"' || !member.TryValue(out JsonText json, out _))
            return null;

        if (text.Length > TextBytesMax)
            return PeerName.From(json);

        ref (byte[] Text, PeerName? Name) slot = ref _slots[StableHash.Of(text) % (uint)_slots.Length];
        if (slot.Name is null || !text.SequenceEqual(slot.Text))
            slot = (text.ToArray(), PeerName.From(json));

        return slot.Name;
    }
}
