namespace OrleansShards.Core.Shards;

/// <summary>
/// All of a copy's state but its content: phase, epochs, and what has to be remembered so that a repeated step gets the
/// same answer. Immutable; each decision in the log puts another in its place.
/// </summary>
public sealed record ShardOwnership
{
    /// <summary>The ownership of a copy whose log is empty.</summary>
    public static ShardOwnership Initial { get; } = new();

    /// <summary>Where the copy stands.</summary>
    public TransferPhase Phase { get; init; } = TransferPhase.None;

    /// <summary>
    /// The newest ownership that this copy took part in: its own while it serves or is sealed, that of
    /// <see cref="Other"/> while it is released. Only rises.
    /// </summary>
    public Epoch Epoch { get; init; }

    /// <summary>While sealed, granted, aborting or moving: the target. While released: who has the shard.</summary>
    public GroupId? Other { get; init; }

    /// <summary>While sealed, granted, aborting or moving: the epoch at which the target may take the shard.</summary>
    public Epoch Granted { get; init; }

    /// <summary>While released: how that came about.</summary>
    public ReleaseReason Release { get; init; }

    /// <summary>After a confirmation: the digest of the content that was handed over, by value.</summary>
    public ulong ReleasedDigest { get; init; }

    /// <summary>The epoch at which a snapshot was last installed here; none if never.</summary>
    public Epoch Installed { get; init; }

    /// <summary>The digest of that snapshot, by value.</summary>
    public ulong InstalledDigest { get; init; }

    /// <summary>
    /// Whether clients' operations were carried out since the content was opened, seeded or installed. Reads without a
    /// session are not counted: the source has the same content.
    /// </summary>
    public bool IsServed { get; init; }

    /// <summary>The granted epoch of the hand-over that was last discarded here: installs up to it are refused.</summary>
    public Epoch Discarded { get; init; }

    /// <summary>The epoch at which this copy serves since it last rolled a hand-over back; none if never.</summary>
    public Epoch AbortedInto { get; init; }

    /// <summary>While moving: the move. Else none.</summary>
    public MoveId Move { get; init; }

    /// <summary>
    /// The newest move that is over for this copy, whatever came of it: orders and questions about it or an earlier one
    /// begin nothing any more.
    /// </summary>
    public MoveId EndedMove { get; init; }

    /// <summary>The newest move by which this copy got the shard; none if never.</summary>
    public MoveId TakenMove { get; init; }

    /// <summary>The highest term of a primary whose order was carried out here: orders of lower terms are refused.</summary>
    public Term OrderedIn { get; init; }
}
