using System.Diagnostics;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>
/// What the masters' log decides: the cluster's definition, the shard map with its history, the recent takeovers, a switchover that
/// is under way, and members, pins and moves. At the same index, primary and shadow have bit-identical states.
/// </summary>
public sealed partial class MasterState : IStateMachine<MasterOutcome>
{
    /// <summary>How many epochs of the shard map are answerable: the newest 4,096, some 100 KB.</summary>
    public const int EpochsMax = 4096;

    /// <summary>How many changes of term are kept: the newest 64.</summary>
    public const int TakeoversMax = 64;

    private readonly List<TakeoverRecord> _takeovers = [];
    private readonly ByteWriter _restored = new();
    private ulong? _digest;

    /// <summary>The state before the first entry. All replicas of one log must have the same limit.</summary>
    public MasterState(int epochsMax = EpochsMax) => Map = new ShardMap(epochsMax);

    /// <summary>What the cluster was created with; null before that.</summary>
    public ClusterDefinition? Definition { get; private set; }

    /// <summary>
    /// The primary according to the decisions alone: the master that took over last, or the first one. A master that has
    /// fenced the log but not yet decided anything does not count.
    /// </summary>
    public MasterName? Primary => NewestTerm?.To ?? Definition?.Masters[0];

    /// <summary>The shard map's newest epoch; 1 when the cluster is created.</summary>
    public Epoch MapEpoch => Map.Newest;

    /// <summary>The oldest epoch at which the shard map can still be shown.</summary>
    public Epoch OldestEpoch => Map.Oldest;

    /// <summary>The recent changes of term, oldest first.</summary>
    public IReadOnlyList<TakeoverRecord> Takeovers => _takeovers;

    /// <summary>The newest change of term; null before the first.</summary>
    public TakeoverRecord? NewestTerm => _takeovers is [.., var last] ? last : null;

    /// <summary>The newest takeover by another master; null before the first.</summary>
    public TakeoverRecord? NewestTakeover => _takeovers.FindLast(static taken => taken.ChangesPrimary);

    /// <summary>The switchover that is neither taken nor cancelled; stale where the log has a higher term.</summary>
    public PendingSwitchover? Switchover { get; private set; }

    /// <inheritdoc />
    public ulong Digest => _digest ??= MasterStateCodec.Digest(this);

    internal ShardMap Map { get; }

    /// <summary>Every group that the cluster has, members or not: those of its creation, then those that came later.</summary>
    public ImmutableArray<GroupId> Groups => Map.Membership.All;

    /// <summary>Who owns a shard; null where nobody does.</summary>
    public ShardEntry? Find(ShardId shard) => Map.Find(shard);

    /// <summary>The shard map at an epoch, or the newest for null; a refusal where it cannot be shown.</summary>
    public Nodes.Message ConfigAt(Epoch? epoch)
    {
        if (Definition is null)
            return new MasterRefusal(MasterRefusalKind.Unavailable, "the cluster is not created yet", null);

        Epoch wanted = epoch ?? MapEpoch;
        string? text =
            wanted > MapEpoch ? $"epoch {wanted} is still to come, the newest is {MapEpoch}"
            : wanted >= OldestEpoch ? null
            : $"epoch {wanted} is compacted, oldest answerable is {OldestEpoch}";
        return text is null
            ? new ConfigReply(wanted, Map.At(wanted), Map.MembersAt(wanted)) { Known = Groups }
            : new MasterRefusal(MasterRefusalKind.WrongState, text, null);
    }

    /// <inheritdoc />
    public MasterOutcome Apply(LogCursor at, ReadOnlyMemory<byte> entry)
    {
        MasterEntry decided = MasterEntryCodec.Decode(entry.Span);
        _digest = null;
        if (Switchover is { } pending && pending.Term < at.Term)
            Switchover = null;

        MasterOutcome outcome = decided switch
        {
            MasterEntry.Created created => Create(created.Definition),
            MasterEntry.TakenOver taken => TakeOver(taken.Record with { At = taken.At }),
            _ when Definition is null => new MasterOutcome.Rejected(MasterRefusalKind.Unavailable, "the cluster is not created yet"),
            MasterEntry.Assigned assigned => Assign(assigned, Definition),
            MasterEntry.OwnerReported reported => Report(reported, Definition),
            MasterEntry.Redirected redirected => Redirect(redirected),
            MasterEntry.Switchover switchover => BeginSwitchover(switchover.To, at, Definition),
            MasterEntry.SwitchoverCancelled => CancelSwitchover(),
            MasterEntry.Joined joined => ChangeMembers(joined, join: true),
            MasterEntry.Left left => ChangeMembers(left, join: false),
            MasterEntry.GroupsAdded added => Add(added),
            MasterEntry.Forgotten forgotten => Forget(forgotten),
            MasterEntry.Pinned pinned => Pin(pinned, Definition),
            MasterEntry.Wanted wanted => Want(wanted, Definition),
            MasterEntry.MoveCancelled cancelled => Cancel(cancelled, Definition),
            MasterEntry.MoveBegun begun => Begin(begun),
            MasterEntry.SealDecided seal => Decide(seal),
            MasterEntry.MoveAborted aborted => Abort(aborted),
            MasterEntry.MoveEnded ended => End(ended),
            MasterEntry.RestoreChanged restore => Change(restore),
            _ => throw new UnreachableException(decided.GetType().Name),
        };
        Map.DropReplacedPins(shard => Moves.FindWanted(shard) is null && Moves.FindActive(shard) is null);
        return outcome;
    }

    /// <inheritdoc />
    public ICheckpointSource Freeze() => new MasterCheckpoint(MasterStateCodec.Encode(this));

    /// <inheritdoc />
    public void Clear()
    {
        Definition = null;
        Switchover = null;
        NewestRestore = RestoreStatus.None;
        Map.Clear();
        Moves.Clear();
        _takeovers.Clear();
        _restored.Clear();
        _digest = null;
    }

    /// <inheritdoc />
    public void Restore(ReadOnlySpan<byte> chunk)
    {
        _digest = null;
        _restored.Raw(chunk);
        if (MasterStateCodec.IsWhole(_restored.Written))
        {
            ByteReader from = new(_restored.Written);
            MasterStateCodec.Decode(ref from, this);
            _restored.Clear();
        }
    }

    internal void Set(
        ClusterDefinition? definition, IEnumerable<TakeoverRecord> takeovers, PendingSwitchover? switchover, RestoreStatus restore)
    {
        NewestRestore = restore;
        Definition = definition;
        Switchover = switchover;
        _takeovers.AddRange(takeovers);
    }

    private MasterOutcome Create(ClusterDefinition definition)
    {
        if (Definition is null)
        {
            Definition = definition;
            Map.Create(definition.Groups);
            return new MasterOutcome.Created(IsNew: true);
        }

        return Definition == definition
            ? new MasterOutcome.Created(IsNew: false)
            : WrongState($"the cluster was created with {Definition}, not with {definition}");
    }

    private MasterOutcome Assign(MasterEntry.Assigned entry, ClusterDefinition cluster)
    {
        if (RejectUnknown(cluster, entry.Shard, entry.Prefer) is { } rejected)
            return rejected;

        if (Map.Find(entry.Shard) is { } present)
            return new MasterOutcome.Ownership(entry.Shard, present, OwnershipChange.None);

        return Move(entry.Shard, new ShardEntry(entry.Prefer ?? LeastLoaded(), Epoch.None.Next(), MayOpenEmpty: true));
    }

    private MasterOutcome Report(MasterEntry.OwnerReported entry, ClusterDefinition cluster)
    {
        if (RejectUnknown(cluster, entry.Shard, entry.Owner) is { } rejected)
            return rejected;

        ShardEntry? present = Map.Find(entry.Shard);
        OwnershipChange change = ShardEntry.Compare(present, entry.Owner, entry.Epoch, entry.Empty);
        if (change == OwnershipChange.Moved)
        {
            MasterOutcome.Ownership moved = Move(entry.Shard, new ShardEntry(entry.Owner, entry.Epoch, entry.Empty));
            Moves.OnReported(entry.Shard, moved.Owner, TraceOf(entry));
            return moved;
        }

        if (change == OwnershipChange.Held)
            Map.Hold(entry.Shard, present!);

        return new MasterOutcome.Ownership(entry.Shard, Map.Find(entry.Shard)!, change);
    }

    private MasterOutcome.Ownership Move(ShardId shard, ShardEntry entry)
    {
        Map.Move(shard, entry);
        return new MasterOutcome.Ownership(shard, entry, OwnershipChange.Moved);
    }

    private MasterOutcome.Rejected? RejectUnknown(ClusterDefinition cluster, ShardId shard, GroupId? group) =>
        (cluster.Unknown(shard) ?? (group is { } named ? Unknown(named) : null)) is { } text
            ? new MasterOutcome.Rejected(MasterRefusalKind.UnknownName, text)
            : null;

    private MasterOutcome.Takeover TakeOver(TakeoverRecord record)
    {
        // A proposal whose outcome was unknown is made again: one record a term.
        if (NewestTerm is { } newest && newest.Term >= record.Term)
            return new MasterOutcome.Takeover(newest);

        _takeovers.Add(record);
        if (_takeovers.Count > TakeoversMax)
            _takeovers.RemoveAt(0);

        return new MasterOutcome.Takeover(record);
    }

    private MasterOutcome.Done Redirect(MasterEntry.Redirected entry)
    {
        if (NewestTerm is { Phases.RedirectUs: null } newest && newest.Term == entry.Term)
            _takeovers[^1] = newest with { Phases = newest.Phases with { RedirectUs = entry.RedirectUs } };

        return new MasterOutcome.Done();
    }

    private MasterOutcome BeginSwitchover(MasterName to, LogCursor at, ClusterDefinition cluster)
    {
        if (!cluster.Has(to))
            return new MasterOutcome.Rejected(MasterRefusalKind.UnknownName, $"there is no master {to}");

        Switchover = new PendingSwitchover(to, at.Index, at.Term);
        return new MasterOutcome.Done();
    }

    private MasterOutcome.Done CancelSwitchover()
    {
        Switchover = null;
        return new MasterOutcome.Done();
    }
}

/// <summary>
/// A switchover to a master that is neither taken nor cancelled, with its record's index and term: if a later term has been
/// opened, it is stale.
/// </summary>
public sealed record PendingSwitchover(MasterName To, LogIndex At, Term Term);
