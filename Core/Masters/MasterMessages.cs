using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters;

// One family: requests to a master, and its answers.

/// <summary>A master's answer.</summary>
[SerializerTransparent]
public abstract record MasterReply : Message;

/// <summary>
/// This master does not lead, for the reason in the text. Definite: nothing was done. Names the primary that it knows of and its
/// newest term.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.NotPrimary"), Immutable, OmitDefaultMemberValues]
public sealed record NotPrimary(
    [property: Id(0)] MasterName? Primary, [property: Id(1)] Term Term, [property: Id(2)] string Text) : MasterReply;

/// <summary>The request makes no sense now; the text says why. Definite: nothing was done. Names the primary where that helps.</summary>
[GenerateSerializer, Alias("OrleansShards.MasterRefusal"), Immutable, OmitDefaultMemberValues]
public sealed record MasterRefusal(
    [property: Id(0)] MasterRefusalKind Kind, [property: Id(1)] string Text, [property: Id(2)] MasterName? Primary) : MasterReply
{
    /// <summary>The limit that is the reason, for longer than a request lasts; null for any other reason.</summary>
    [Id(3)]
    public LimitName? Limit { get; init; }
}

/// <summary>Why a master refuses.</summary>
[GenerateSerializer, Alias("OrleansShards.MasterRefusalKind")]
public enum MasterRefusalKind
{
    /// <summary>There is no master, group or shard of that name.</summary>
    UnknownName = 1,

    /// <summary>Not in this state.</summary>
    WrongState = 2,

    /// <summary>Not now: try again.</summary>
    Unavailable = 3,
}

/// <summary>Whether the request takes effect is unknown: the master lost its log before the decision was durable.</summary>
[GenerateSerializer, Alias("OrleansShards.MasterUnknown"), Immutable, OmitDefaultMemberValues]
public sealed record MasterUnknown([property: Id(0)] string Text) : MasterReply;

/// <summary>
/// Creates the cluster, or checks that it was created with exactly this definition (<c>init</c>). Either master answers, as the
/// definition never changes: with <see cref="ClusterCreated"/>, or with <see cref="MasterRefusal"/> (<see
/// cref="MasterRefusalKind.WrongState"/>) where the cluster was created with another definition.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.CreateCluster"), Immutable, OmitDefaultMemberValues]
public sealed record CreateCluster([property: Id(0)] ClusterDefinition Definition) : Message;

/// <summary>The cluster has the requested definition, durably. Names the primary and the newest term that the master knows.</summary>
[GenerateSerializer, Alias("OrleansShards.ClusterCreated"), Immutable, OmitDefaultMemberValues]
public sealed record ClusterCreated([property: Id(0)] MasterName? Primary, [property: Id(1)] Term Term) : MasterReply;

/// <summary>
/// Asks for a shard's owner. A shard without one is assigned first: to the preferred group, or for null to the master's choice.
/// Answered by <see cref="ShardOwner"/>.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.LocateShard"), Immutable, OmitDefaultMemberValues]
public sealed record LocateShard([property: Id(0)] ShardId Shard, [property: Id(1)] GroupId? Prefer) : Message;

/// <summary>Asks for a shard's owner and assigns nothing. Answered by <see cref="ShardOwner"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryShard"), Immutable, OmitDefaultMemberValues]
public sealed record QueryShard([property: Id(0)] ShardId Shard) : Message;

/// <summary>
/// A shard's owner (null where it has none) and epoch as the masters' log has them, linearizable. The owner may start with no
/// content from the assignment at first use until it has reported that it holds the shard, never after a hand-over.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ShardOwner"), Immutable, OmitDefaultMemberValues]
public sealed record ShardOwner(
    [property: Id(0)] GroupId? Owner, [property: Id(1)] Epoch Epoch, [property: Id(2)] bool MayOpenEmpty) : MasterReply;

/// <summary>
/// A copy reports a change of ownership that is durable in its own log, until it is answered by <see cref="ShardOwner"/>: the
/// owner is the reporter, or the group that it released the shard to (empty where it had no content). The highest epoch wins.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ReportOwner"), Immutable, OmitDefaultMemberValues]
public sealed record ReportOwner(
    [property: Id(0)] ShardId Shard, [property: Id(1)] GroupId Owner,
    [property: Id(2)] Epoch Epoch, [property: Id(3)] bool Empty) : Message;

/// <summary>A group's heartbeat. Answered by <see cref="HeartbeatReply"/> or <see cref="NotPrimary"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.Heartbeat"), Immutable, OmitDefaultMemberValues]
public sealed record Heartbeat([property: Id(0)] GroupId Group) : Message
{
    /// <summary>
    /// Whether it comes from the group itself: then a group that the cluster does not have is announced by it, as one that may join.
    /// </summary>
    [Id(1)]
    public bool Announces { get; init; }
}

/// <summary>The primary and its term, in answer to a heartbeat.</summary>
[GenerateSerializer, Alias("OrleansShards.HeartbeatReply"), Immutable, OmitDefaultMemberValues]
public sealed record HeartbeatReply([property: Id(0)] MasterName Primary, [property: Id(1)] Term Term) : MasterReply
{
    /// <summary>Whether the cluster does not have the group: it has not joined yet, or was forgotten.</summary>
    [Id(2)]
    public bool IsStranger { get; init; }
}

/// <summary>
/// The primary notifies the shadow of its newest durable record, with the decisions in the log up to it and the bytes of records
/// that this run of the primary has seen up to it: differences are a lag. Answered by <see cref="ShadowProgress"/>; may be lost.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.LogGrew"), Immutable, OmitDefaultMemberValues]
public sealed record LogGrew([property: Id(0)] LogIndex Durable, [property: Id(1)] ulong Decisions, [property: Id(2)] long Bytes) : Message;

/// <summary>
/// The last record that the shadow has applied, its term, and the decisions in the log up to it: sent when the shadow has reached
/// the record of the notice, or after half a second.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ShadowProgress"), Immutable, OmitDefaultMemberValues]
public sealed record ShadowProgress(
    [property: Id(0)] LogIndex Applied, [property: Id(1)] Term Term, [property: Id(2)] ulong Decisions) : MasterReply;

/// <summary>Asks either master for the roles and the shadow's lag. Answered by <see cref="ShadowStatusReply"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryShadowStatus"), Immutable, OmitDefaultMemberValues]
public sealed record QueryShadowStatus : Message;

/// <summary>
/// The masters' roles (no shadow with a single master), and the lag: the decisions durable in the log that the shadow has not
/// replayed, the age of the oldest of them (0 if there is none), and the bytes of their records. The term is the newest that the
/// answering master has seen: of two answers the one with the higher term is right.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ShadowStatusReply"), Immutable, OmitDefaultMemberValues]
public sealed record ShadowStatusReply(
    [property: Id(0)] MasterName Primary, [property: Id(1)] MasterName? Shadow, [property: Id(2)] long LagEntries,
    [property: Id(3)] long LagMs, [property: Id(4)] long LagBytes, [property: Id(5)] Term Term) : MasterReply;

/// <summary>Fences the failed master and promotes the shadow. Answered by <see cref="FailoverReply"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.TriggerFailover"), Immutable, OmitDefaultMemberValues]
public sealed record TriggerFailover([property: Id(0)] MasterName Failed) : Message;

/// <summary>
/// A takeover, as the log has it, the same for every repetition of the request: the entries that remained to be replayed when it
/// began, and the milliseconds from the request (or the last sign of life) to the promotion.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.FailoverReply"), Immutable, OmitDefaultMemberValues]
public sealed record FailoverReply(
    [property: Id(0)] MasterName NewPrimary, [property: Id(1)] long EntriesReplayed, [property: Id(2)] long FailoverTimeMs) : MasterReply;

/// <summary>Makes another master the primary, as planned. Answered by <see cref="SwitchoverReply"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.Switchover"), Immutable, OmitDefaultMemberValues]
public sealed record Switchover([property: Id(0)] MasterName To) : Message;

/// <summary>The switchover was taken: who leads, in which term, and for how many milliseconds no master decided anything.</summary>
[GenerateSerializer, Alias("OrleansShards.SwitchoverReply"), Immutable, OmitDefaultMemberValues]
public sealed record SwitchoverReply(
    [property: Id(0)] MasterName Primary, [property: Id(1)] Term Term, [property: Id(2)] long PauseMs) : MasterReply;

/// <summary>Asks for the shard map at an epoch, or for null the newest. Answered by <see cref="ConfigReply"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryConfig"), Immutable, OmitDefaultMemberValues]
public sealed record QueryConfig([property: Id(0)] Epoch? Epoch) : Message;

/// <summary>The shard map at an epoch: owners by shard number (no entry where there is none), and members in the cluster's order.</summary>
[GenerateSerializer, Alias("OrleansShards.ConfigReply"), Immutable, OmitDefaultMemberValues]
public sealed record ConfigReply(
    [property: Id(0)] Epoch Epoch, [property: Id(1)] ImmutableSortedDictionary<int, GroupId> Shards,
    [property: Id(2)] ImmutableArray<GroupId> Groups) : MasterReply
{
    /// <summary>
    /// Every group that the cluster has now, members or not, in the cluster's order; null from a release whose clusters have the groups of
    /// their definition for ever.
    /// </summary>
    [Id(3)]
    public ImmutableArray<GroupId>? Known { get; init; }
}

/// <summary>Asks for the cluster's status. Answered by <see cref="ClusterStatusReply"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryClusterStatus"), Immutable, OmitDefaultMemberValues]
public sealed record QueryClusterStatus : Message
{
    /// <summary>Whether the reply has the moves that have ended.</summary>
    [Id(0)]
    public bool WithEndedMoves { get; init; }
}

/// <summary>
/// The cluster's status, for operators: the masters, the newest shard map (with every group of the cluster), the milliseconds
/// since each group's last heartbeat (in the cluster's order, null if never), and the recent takeovers, oldest first.
/// </summary>
[GenerateSerializer, Alias("OrleansShards.ClusterStatusReply"), Immutable, OmitDefaultMemberValues]
public sealed record ClusterStatusReply(
    [property: Id(0)] ImmutableArray<MasterStatus> Masters, [property: Id(1)] ConfigReply Config,
    [property: Id(2)] ImmutableArray<long?> GroupHeartbeatAgesMs, [property: Id(3)] ImmutableArray<TakeoverRecord> Takeovers) : MasterReply
{
    /// <summary>The groups that are members, in the cluster's order.</summary>
    [Id(4)]
    public ImmutableArray<GroupId> Members { get; init; } = [];

    /// <summary>The moves that are due or have not ended, by shard.</summary>
    [Id(5)]
    public ImmutableArray<MoveStatus> Moves { get; init; } = [];

    /// <summary>
    /// Groups that the cluster does not have and whose silos are up, by name: they may join. As the primary has heard since it leads; null
    /// from a release before groups could come later.
    /// </summary>
    [Id(6)]
    public ImmutableArray<GroupId>? Announced { get; init; }

    /// <summary>The moves that have ended; null where they were not asked for, or from an earlier release.</summary>
    [Id(7)]
    public EndedMoves? Ended { get; init; }

    /// <summary>The pinned shards: their numbers and groups; null from a release that does not say.</summary>
    [Id(8)]
    public ImmutableSortedDictionary<int, GroupId>? Pins { get; init; }
}

/// <summary>
/// One master, as the primary sees it: its newest known term, the last record that it is known to have applied, and the
/// milliseconds since it was last heard (null if never).
/// </summary>
[GenerateSerializer, Alias("OrleansShards.MasterStatus"), Immutable, OmitDefaultMemberValues]
public sealed record MasterStatus(
    [property: Id(0)] MasterName Name, [property: Id(1)] bool IsPrimary, [property: Id(2)] Term Term,
    [property: Id(3)] LogIndex LogIndex, [property: Id(4)] long? HeartbeatAgeMs);

/// <summary>Published after each change of leadership: groups and clients turn to the new primary unless they know a higher term.</summary>
[GenerateSerializer, Alias("OrleansShards.PrimaryChanged"), Immutable, OmitDefaultMemberValues]
public sealed record PrimaryChanged([property: Id(0)] MasterName Primary, [property: Id(1)] Term Term) : Message;

/// <summary>Published after every change of the shard map: routers need not ask. A listener that knows a higher epoch ignores it.</summary>
[GenerateSerializer, Alias("OrleansShards.ShardMoved"), Immutable, OmitDefaultMemberValues]
public sealed record ShardMoved([property: Id(0)] ShardId Shard, [property: Id(1)] GroupId Owner, [property: Id(2)] Epoch Epoch) : Message;
