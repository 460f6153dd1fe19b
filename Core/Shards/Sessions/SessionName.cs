using System.Text;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>A session's name in UTF-8, as in an entry, with its hash. A lookup allocates no string.</summary>
internal readonly struct SessionName(ReadOnlyMemory<byte> utf8) : IEquatable<SessionName>
{
    internal ReadOnlyMemory<byte> Utf8 { get; } = utf8;

    /// <summary>The same in every process.</summary>
    internal ulong Hash { get; } = StableHash.Of(utf8.Span);

    internal static SessionName Of(string client) => new(Encoding.UTF8.GetBytes(client));

    /// <summary>A copy that is no slice of an entry.</summary>
    internal SessionName ToOwned() => new(Utf8.ToArray());

    /// <inheritdoc/>
    public bool Equals(SessionName other) => Hash == other.Hash && Utf8.Span.SequenceEqual(other.Utf8.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SessionName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Hash;

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}
