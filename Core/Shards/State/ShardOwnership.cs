using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A copy's state without its content: phase, epochs, and what it must remember to give a repeated step the same answer.
/// Immutable; each decision in the log replaces it.
/// </summary>
public sealed record ShardOwnership
{
    // The first byte of the encoding. A reader that does not know the version stops: it must not guess what another release
    // meant. (1 and 2 were written with records and checkpoints of format 1.)
    private const byte Version = 3;

    /// <summary>The ownership of a copy whose log is empty.</summary>
    public static ShardOwnership Initial { get; } = new();

    /// <summary>The copy's phase.</summary>
    public TransferPhase Phase { get; init; } = TransferPhase.None;

    /// <summary>The newest ownership that this copy took part in: its own or, while released, <see cref="Other"/>'s. Only rises.</summary>
    public Epoch Epoch { get; init; }

    /// <summary>While sealed, granted, aborting or moving: the target. While released: who has the shard.</summary>
    public GroupId? Other { get; init; }

    /// <summary>While sealed, granted, aborting or moving: the epoch at which the target may take the shard.</summary>
    public Epoch Granted { get; init; }

    /// <summary>While released: why.</summary>
    public ReleaseReason Release { get; init; }

    /// <summary>After a confirmation: the digest of the content that was handed over, by value.</summary>
    public ulong ReleasedDigest { get; init; }

    /// <summary>The epoch at which a snapshot was last installed here; none if never.</summary>
    public Epoch Installed { get; init; }

    /// <summary>The digest of that snapshot, by value.</summary>
    public ulong InstalledDigest { get; init; }

    /// <summary>
    /// Whether clients' operations were carried out since the content was opened, seeded or installed. Reads without a
    /// session do not count: the source has the same content.
    /// </summary>
    public bool IsServed { get; init; }

    /// <summary>The granted epoch of the hand-over that was last discarded here: installs up to it are refused.</summary>
    public Epoch Discarded { get; init; }

    /// <summary>The epoch at which this copy serves since its last roll-back of a hand-over; none if never.</summary>
    public Epoch AbortedInto { get; init; }

    /// <summary>While moving: the move. Else none.</summary>
    public MoveId Move { get; init; }

    /// <summary>The newest move that is over here, however it ended: orders and requests of it or an earlier one begin nothing.</summary>
    public MoveId EndedMove { get; init; }

    /// <summary>The newest move by which this copy got the shard; none if never.</summary>
    public MoveId TakenMove { get; init; }

    /// <summary>The highest term of a primary whose order was carried out here: orders of lower terms are refused.</summary>
    public Term OrderedIn { get; init; }

    /// <summary>
    /// Whether this copy has not had, given away or discarded an epoch. Without this rule a grant that arrives late would make
    /// a second server of the shard.
    /// </summary>
    internal bool IsNew(Epoch epoch) => epoch > Epoch && epoch > Discarded;

    internal ShardOwnership ServingAt(Epoch epoch) => With(TransferPhase.Serving, epoch, null, ReleaseReason.None);

    internal ShardOwnership ReleasedTo(GroupId other, Epoch epoch, ReleaseReason reason) =>
        With(TransferPhase.Released, epoch, other, reason);

    private ShardOwnership With(TransferPhase phase, Epoch epoch, GroupId? other, ReleaseReason reason) => this with
    {
        Phase = phase,
        Epoch = epoch,
        Other = other,
        Granted = Epoch.None,
        Release = reason,
        ReleasedDigest = 0,
        IsServed = false,
        AbortedInto = Epoch.None,
    };

    internal void Write(ByteWriter writer)
    {
        writer.Byte(Version);
        writer.Byte((byte)Phase);
        writer.VarUInt(Epoch.Value);
        writer.OptionalText(Other?.Value);
        writer.VarUInt(Granted.Value);
        writer.Byte((byte)Release);
        writer.Fixed64(ReleasedDigest);
        writer.VarUInt(Installed.Value);
        writer.Fixed64(InstalledDigest);
        writer.Bool(IsServed);
        writer.VarUInt(Discarded.Value);
        writer.VarUInt(AbortedInto.Value);
        writer.VarUInt(Move.Value);
        writer.VarUInt(EndedMove.Value);
        writer.VarUInt(TakenMove.Value);
        writer.VarUInt(OrderedIn.Value);
    }

    internal static ShardOwnership Read(ref ByteReader reader)
    {
        byte version = reader.Byte();
        if (version != Version)
            throw new CorruptDataException($"a shard's state of version {version}; this program knows {Version}");

        ShardOwnership ownership = new()
        {
            Phase = (TransferPhase)reader.Byte(),
            Epoch = new(reader.VarUInt()),
            Other = reader.OptionalText() is { } other ? new GroupId(other) : null,
            Granted = new(reader.VarUInt()),
            Release = (ReleaseReason)reader.Byte(),
            ReleasedDigest = reader.Fixed64(),
            Installed = new(reader.VarUInt()),
            InstalledDigest = reader.Fixed64(),
            IsServed = reader.Bool(),
            Discarded = new(reader.VarUInt()),
            AbortedInto = new(reader.VarUInt()),
            Move = new(reader.VarUInt()),
            EndedMove = new(reader.VarUInt()),
            TakenMove = new(reader.VarUInt()),
            OrderedIn = new(reader.VarUInt()),
        };
        return Enum.IsDefined(ownership.Phase) && Enum.IsDefined(ownership.Release)
            ? ownership
            : throw new CorruptDataException($"a shard in phase {ownership.Phase}, released as {ownership.Release}");
    }
}
