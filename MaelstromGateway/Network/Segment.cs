namespace OrleansShards.MaelstromGateway.Network;

/// <summary>
/// One message of a connection. Each side has drawn an identifier for it, and every message but the first carries both: so whatever is
/// left of an earlier connection or process, and comes late or twice, belongs to no connection that there is now.
/// </summary>
internal sealed record Segment
{
    /// <summary>The sender's identifier; null only where an opening is refused.</summary>
    internal string? From { get; init; }

    /// <summary>The receiver's identifier; null in an opening, which does not know it yet.</summary>
    internal string? To { get; init; }

    /// <summary>The place of <see cref="Data"/> in the stream: how many bytes are before it.</summary>
    internal long At { get; init; }

    internal ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The stream ends behind <see cref="Data"/>. The end has a place, as a byte has, and is acknowledged like one.</summary>
    internal bool IsEnd { get; init; }

    /// <summary>Acknowledges everything before this place of the other direction.</summary>
    internal long Next { get; init; }

    /// <summary>How many bytes from <see cref="Next"/> on there is room for.</summary>
    internal int Room { get; init; }

    /// <summary>Acknowledges the segments that begin at these places, too; there is a gap before each.</summary>
    internal IReadOnlyList<long> Held { get; init; } = [];

    /// <summary>Asks for an acknowledgement at once.</summary>
    internal bool Asks { get; init; }

    /// <summary>The sender has no such connection, and never will have.</summary>
    internal bool IsReset { get; init; }

    internal bool IsOpening => To is null;
}
