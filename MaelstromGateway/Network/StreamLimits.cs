namespace OrleansShards.MaelstromGateway.Network;

/// <summary>Sizes in bytes, times in milliseconds. The defaults are for processes on one machine, and delays of up to a second.</summary>
internal sealed record StreamLimits
{
    /// <summary>Most bytes of the stream in one message: 32 KiB as base64.</summary>
    internal int SegmentBytesMax { get; init; } = 24 * 1024;

    /// <summary>Most segments that are sent and not acknowledged.</summary>
    internal int SegmentsMax { get; init; } = 128;

    /// <summary>Most bytes that a writer may leave here: waiting, or sent and not acknowledged.</summary>
    internal int SendBytesMax { get; init; } = 512 * 1024;

    /// <summary>Most bytes that are kept for a reader, in order or ahead of a gap: the window.</summary>
    internal int ReceiveBytesMax { get; init; } = 512 * 1024;

    /// <summary>How long an acknowledgement waits for something to be sent with.</summary>
    internal int AcknowledgeAfterMs { get; init; } = 10;

    /// <summary>When a segment is repeated, until a round trip has been measured; a repetition doubles the time.</summary>
    internal int FirstTimeoutMs { get; init; } = 200;
    internal int TimeoutMsMin { get; init; } = 40;
    internal int TimeoutMsMax { get; init; } = 1_000;

    /// <summary>A peer that has been silent for so long is asked for an acknowledgement, again and again.</summary>
    internal int AskAfterMs { get; init; } = 1_000;

    /// <summary>
    /// A peer that has been silent for so long is given up. More than the eight seconds after which the other silos may declare a silo
    /// dead although a connection to it is open: the connection's end must not be what decides.
    /// </summary>
    internal int SilenceMsMax { get; init; } = 10_000;

    /// <summary>How long what was written before the close of a connection may still take to arrive.</summary>
    internal int LingerMsMax { get; init; } = 2_000;

    /// <summary>Most connections that others have begun to open: each costs some hundred bytes until it is confirmed or given up.</summary>
    internal int OpeningsMax { get; init; } = 64;
}
