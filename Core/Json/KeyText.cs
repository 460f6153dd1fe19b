using System.Text;

namespace OrleansShards.Core.Json;

/// <summary>
/// The identity of a key in the store: the canonical bytes of its JSON value and their 64-bit hash, computed once.
/// Keys 1 and 1.0 are the same key, "1" is another. Immutable; fit for dictionaries and sorted collections.
/// <c>default</c> is no key: empty bytes.
/// </summary>
public readonly struct KeyText : IEquatable<KeyText>, IComparable<KeyText>
{
    private KeyText(ReadOnlyMemory<byte> canonical)
    {
        Canonical = canonical;
        Hash = StableHash.Of(canonical.Span);
    }

    /// <summary>The canonical bytes (<see cref="JsonCanonical"/>), which are JSON text themselves.</summary>
    public ReadOnlyMemory<byte> Canonical { get; }

    /// <summary><see cref="StableHash"/> of <see cref="Canonical"/>, the same in every process.</summary>
    public ulong Hash { get; }

    /// <summary>Whether the key is a JSON string.</summary>
    public bool IsString => JsonText.KindOf(Canonical.Span) == JsonKind.String;

    /// <summary>
    /// The key that a JSON value names. Where the text is canonical already the key shares its memory, and keeps alive
    /// whatever that is a part of (<see cref="ToOwned"/> undoes that).
    /// </summary>
    public static KeyText From(JsonText json) => new(JsonCanonical.Of(json));

    /// <summary>The same key in memory of its own.</summary>
    public KeyText ToOwned() => new(Canonical.ToArray());

    /// <summary>The key as the text of a JSON value, in its canonical form.</summary>
    public JsonText ToJson() => JsonText.Trusted(Canonical);

    /// <summary>Whether it is the same JSON value.</summary>
    public bool Equals(KeyText other) => Hash == other.Hash && Canonical.Span.SequenceEqual(other.Canonical.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is KeyText other && Equals(other);

    /// <summary>The upper half of <see cref="Hash"/>: the lower bits are alike within a shard.</summary>
    public override int GetHashCode() => (int)(Hash >> 32);

    /// <summary>Order of the canonical bytes, the same everywhere: for what is iterated in order.</summary>
    public int CompareTo(KeyText other) => Canonical.Span.SequenceCompareTo(other.Canonical.Span);

    /// <summary>The canonical text.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Canonical.Span);

    /// <summary>Whether both are the same JSON value.</summary>
    public static bool operator ==(KeyText left, KeyText right) => left.Equals(right);

    /// <summary>Whether they are different JSON values.</summary>
    public static bool operator !=(KeyText left, KeyText right) => !left.Equals(right);

    /// <summary>Order of the canonical bytes.</summary>
    public static bool operator <(KeyText left, KeyText right) => left.CompareTo(right) < 0;

    /// <summary>Order of the canonical bytes.</summary>
    public static bool operator <=(KeyText left, KeyText right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the canonical bytes.</summary>
    public static bool operator >(KeyText left, KeyText right) => left.CompareTo(right) > 0;

    /// <summary>Order of the canonical bytes.</summary>
    public static bool operator >=(KeyText left, KeyText right) => left.CompareTo(right) >= 0;
}
