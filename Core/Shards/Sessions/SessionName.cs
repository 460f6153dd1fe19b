using System.Text;
using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>A session's name in UTF-8, as in an entry, with its hash. A lookup allocates no string.</summary>
internal readonly record struct SessionName(ReadOnlyMemory<byte> Utf8)
{
    /// <summary>The same in every process.</summary>
    internal ulong Hash { get; } = StableHash.Of(Utf8.Span);

    internal static SessionName Of(string client) => new(Encoding.UTF8.GetBytes(client));

    internal SessionName ToOwned() => new(Utf8.ToArray());

    public bool Equals(SessionName other) => Hash == other.Hash && Utf8.Span.SequenceEqual(other.Utf8.Span);

    public override int GetHashCode() => (int)Hash;

    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}
