namespace OrleansShards.Core.Wal;

/// <summary>One record on its way into the log, until it is certain whether it is there. At most one of a replica exists.</summary>
internal sealed class PutAttempt
{
    internal required RecordKind Kind { get; init; }

    internal required byte[] Record { get; init; }

    /// <summary>Where the log will stand if this record is the one.</summary>
    internal required LogCursor After { get; init; }

    internal required List<Proposal> Proposals { get; init; }

    /// <summary>Reads that came before the put was asked for: its success proves that nobody led in between.</summary>
    internal required List<object?> Reads { get; init; }

    internal required Instant StartedAt { get; init; }

    /// <summary>The store request that is awaited; default while a retry is waited for.</summary>
    internal OpId Op { get; set; }

    /// <summary>When the store is asked again; null while a request is awaited.</summary>
    internal Instant? RetryAt { get; set; }

    /// <summary>
    /// Whether some try of this put may be applied later than its answer: then a later "not stored" says nothing about
    /// it, and only the record that stands at the number settles the matter.
    /// </summary>
    internal bool IsDoubtful { get; set; }

    /// <summary>Of a term-start record: it is durable, and what is awaited is the proof that it did not come too late.</summary>
    internal bool IsStored { get; set; }

    /// <summary>How many of the proposals were told that they are committed.</summary>
    internal int Committed { get; set; }
}
