using System.Text;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>A session's name as it stands in an entry: its UTF-8, hashed once. Looking a session up makes no string.</summary>
internal readonly struct SessionName : IEquatable<SessionName>
{
    internal SessionName(ReadOnlyMemory<byte> utf8)
    {
        Utf8 = utf8;
        Hash = StableHash.Of(utf8.Span);
    }

    private SessionName(byte[] utf8, ulong hash)
    {
        Utf8 = utf8;
        Hash = hash;
    }

    /// <summary>The name.</summary>
    internal ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>Its hash, the same in every process.</summary>
    internal ulong Hash { get; }

    internal static SessionName Of(string client) => new(Encoding.UTF8.GetBytes(client));

    /// <summary>The same name in memory of its own.</summary>
    internal SessionName ToOwned() => new(Utf8.ToArray(), Hash);

    /// <inheritdoc/>
    public bool Equals(SessionName other) => Hash == other.Hash && Utf8.Span.SequenceEqual(other.Utf8.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SessionName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Hash;

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}
