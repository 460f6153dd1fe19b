namespace OrleansShards.Core.Masters;

// One family: requests to a master, and its answers.

/// <summary>A master's answer.</summary>
[SerializerTransparent]
public abstract record MasterReply : Message;

/// <summary>This master does not lead. Definite: nothing was done.</summary>
/// <param name="Primary">The primary as far as this master knows; null where it knows of none.</param>
/// <param name="Term">The newest term that it has seen.</param>
/// <param name="Text">For people.</param>
[GenerateSerializer, Alias("OrleansShards.NotPrimary"), Immutable, OmitDefaultMemberValues]
public sealed record NotPrimary(
    [property: Id(0)] MasterName? Primary, [property: Id(1)] Term Term, [property: Id(2)] string Text) : MasterReply;

/// <summary>Refused. Definite: the request makes no sense now; the text says why.</summary>
/// <param name="Kind">Which protocol error it is.</param>
/// <param name="Text">For people.</param>
/// <param name="Primary">The primary, where that helps.</param>
[GenerateSerializer, Alias("OrleansShards.MasterRefusal"), Immutable, OmitDefaultMemberValues]
public sealed record MasterRefusal(
    [property: Id(0)] MasterRefusalKind Kind, [property: Id(1)] string Text, [property: Id(2)] MasterName? Primary) : MasterReply;

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
/// <param name="Text">For people.</param>
[GenerateSerializer, Alias("OrleansShards.MasterUnknown"), Immutable, OmitDefaultMemberValues]
public sealed record MasterUnknown([property: Id(0)] string Text) : MasterReply;

/// <summary>
/// Founds the cluster, or checks that it is founded with exactly this (<c>init</c>). Answered by either master, primary or
/// not, as the definition never changes: by <see cref="ClusterFounded"/>, or by <see cref="MasterRefusal"/>
/// (<see cref="MasterRefusalKind.WrongState"/>) where the cluster was founded with something else.
/// </summary>
/// <param name="Definition">The cluster as the caller believes it to be.</param>
[GenerateSerializer, Alias("OrleansShards.FoundCluster"), Immutable, OmitDefaultMemberValues]
public sealed record FoundCluster([property: Id(0)] ClusterDefinition Definition) : Message;

/// <summary>The cluster is founded with the requested definition, durably.</summary>
/// <param name="Primary">The primary as far as the answering master knows; null where it knows of none.</param>
/// <param name="Term">The newest term that it has seen.</param>
[GenerateSerializer, Alias("OrleansShards.ClusterFounded"), Immutable, OmitDefaultMemberValues]
public sealed record ClusterFounded([property: Id(0)] MasterName? Primary, [property: Id(1)] Term Term) : MasterReply;

/// <summary>Asks who owns a shard, and assigns one without an owner first. Answered by <see cref="ShardOwner"/>.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Prefer">The group that gets a shard without an owner; null for the master's own choice.</param>
[GenerateSerializer, Alias("OrleansShards.LocateShard"), Immutable, OmitDefaultMemberValues]
public sealed record LocateShard([property: Id(0)] ShardId Shard, [property: Id(1)] GroupId? Prefer) : Message;

/// <summary>Asks who owns a shard, and assigns nothing. Answered by <see cref="ShardOwner"/>.</summary>
/// <param name="Shard">The shard.</param>
[GenerateSerializer, Alias("OrleansShards.QueryShard"), Immutable, OmitDefaultMemberValues]
public sealed record QueryShard([property: Id(0)] ShardId Shard) : Message;

/// <summary>A shard's owner as the masters' log has it, linearizable.</summary>
/// <param name="Owner">The group; null where there is none.</param>
/// <param name="Epoch">The shard's epoch.</param>
/// <param name="MayOpenEmpty">
/// Whether the owner may start with no content: true from the assignment at first use until the owner has reported that it
/// holds the shard; false where the content must have come by a hand-over.
/// </param>
[GenerateSerializer, Alias("OrleansShards.ShardOwner"), Immutable, OmitDefaultMemberValues]
public sealed record ShardOwner(
    [property: Id(0)] GroupId? Owner, [property: Id(1)] Epoch Epoch, [property: Id(2)] bool MayOpenEmpty) : MasterReply;

/// <summary>
/// A copy reports a change of ownership that is durable in its own log, until it is answered by <see cref="ShardOwner"/>.
/// The highest epoch wins, an older report changes nothing.
/// </summary>
/// <param name="Shard">The shard.</param>
/// <param name="Owner">The new owner: the reporter itself, or the group that it released the shard to.</param>
/// <param name="Epoch">The shard's epoch under that owner.</param>
/// <param name="Empty">Whether it was released without content, so that the owner may start empty.</param>
[GenerateSerializer, Alias("OrleansShards.ReportOwner"), Immutable, OmitDefaultMemberValues]
public sealed record ReportOwner(
    [property: Id(0)] ShardId Shard,
    [property: Id(1)] GroupId Owner,
    [property: Id(2)] Epoch Epoch,
    [property: Id(3)] bool Empty) : Message;

/// <summary>A group's heartbeat. Answered by <see cref="HeartbeatReply"/> or <see cref="NotPrimary"/>.</summary>
/// <param name="Group">The group.</param>
[GenerateSerializer, Alias("OrleansShards.Heartbeat"), Immutable, OmitDefaultMemberValues]
public sealed record Heartbeat([property: Id(0)] GroupId Group) : Message;

/// <summary>The answer to a heartbeat.</summary>
/// <param name="Primary">The primary.</param>
/// <param name="Term">Its term.</param>
[GenerateSerializer, Alias("OrleansShards.HeartbeatReply"), Immutable, OmitDefaultMemberValues]
public sealed record HeartbeatReply([property: Id(0)] MasterName Primary, [property: Id(1)] Term Term) : MasterReply;

/// <summary>The primary notifies the shadow that its log has grown. Answered by <see cref="ShadowProgress"/>; may be lost.</summary>
/// <param name="Durable">The newest durable record.</param>
/// <param name="Decisions">How many decisions the log has up to it.</param>
/// <param name="Bytes">Bytes of records that this run of the primary has seen up to it: differences are a lag in bytes.</param>
[GenerateSerializer, Alias("OrleansShards.LogGrew"), Immutable, OmitDefaultMemberValues]
public sealed record LogGrew(
    [property: Id(0)] LogIndex Durable, [property: Id(1)] ulong Decisions, [property: Id(2)] long Bytes) : Message;

/// <summary>How far the shadow has replayed: sent when it has reached the record of the notice, or after half a second.</summary>
/// <param name="Applied">The last record applied.</param>
/// <param name="Term">That record's term.</param>
/// <param name="Decisions">How many decisions the log has up to it.</param>
[GenerateSerializer, Alias("OrleansShards.ShadowProgress"), Immutable, OmitDefaultMemberValues]
public sealed record ShadowProgress(
    [property: Id(0)] LogIndex Applied, [property: Id(1)] Term Term, [property: Id(2)] ulong Decisions) : MasterReply;

/// <summary>Asks either master for the roles and the shadow's lag. Answered by <see cref="ShadowStatusReply"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryShadowStatus"), Immutable, OmitDefaultMemberValues]
public sealed record QueryShadowStatus : Message;

/// <summary>The masters' roles and the shadow's lag.</summary>
/// <param name="Primary">The primary.</param>
/// <param name="Shadow">The shadow; null without one.</param>
/// <param name="LagEntries">Decisions durable in the log that the shadow has not replayed.</param>
/// <param name="LagMs">The age of the oldest of them; 0 when there is none.</param>
/// <param name="LagBytes">The bytes of the records that they are in.</param>
/// <param name="Term">The newest term that the answering master has seen: of two answers the one with the higher term is right.</param>
[GenerateSerializer, Alias("OrleansShards.ShadowStatusReply"), Immutable, OmitDefaultMemberValues]
public sealed record ShadowStatusReply(
    [property: Id(0)] MasterName Primary,
    [property: Id(1)] MasterName? Shadow,
    [property: Id(2)] long LagEntries,
    [property: Id(3)] long LagMs,
    [property: Id(4)] long LagBytes,
    [property: Id(5)] Term Term) : MasterReply;

/// <summary>Fences the failed master and promotes the shadow. Answered by <see cref="FailoverReply"/>.</summary>
/// <param name="Failed">The master to be deposed.</param>
[GenerateSerializer, Alias("OrleansShards.TriggerFailover"), Immutable, OmitDefaultMemberValues]
public sealed record TriggerFailover([property: Id(0)] MasterName Failed) : Message;

/// <summary>A takeover, as the log has it: the same for every repetition of the request.</summary>
/// <param name="NewPrimary">Who leads.</param>
/// <param name="EntriesReplayed">Entries that remained to be replayed when it began.</param>
/// <param name="FailoverTimeMs">From the request (or the last sign of life) to the promotion, in milliseconds.</param>
[GenerateSerializer, Alias("OrleansShards.FailoverReply"), Immutable, OmitDefaultMemberValues]
public sealed record FailoverReply(
    [property: Id(0)] MasterName NewPrimary, [property: Id(1)] long EntriesReplayed, [property: Id(2)] long FailoverTimeMs) : MasterReply;

/// <summary>Changes the primary as planned. Answered by <see cref="SwitchoverReply"/>.</summary>
/// <param name="To">The master that is to lead.</param>
[GenerateSerializer, Alias("OrleansShards.Switchover"), Immutable, OmitDefaultMemberValues]
public sealed record Switchover([property: Id(0)] MasterName To) : Message;

/// <summary>The switchover was taken.</summary>
/// <param name="Primary">Who leads.</param>
/// <param name="Term">Its term.</param>
/// <param name="PauseMs">How long no master decided anything.</param>
[GenerateSerializer, Alias("OrleansShards.SwitchoverReply"), Immutable, OmitDefaultMemberValues]
public sealed record SwitchoverReply(
    [property: Id(0)] MasterName Primary, [property: Id(1)] Term Term, [property: Id(2)] long PauseMs) : MasterReply;

/// <summary>Asks for the shard map at an epoch. Answered by <see cref="ConfigReply"/>.</summary>
/// <param name="Epoch">The epoch; null for the newest.</param>
[GenerateSerializer, Alias("OrleansShards.QueryConfig"), Immutable, OmitDefaultMemberValues]
public sealed record QueryConfig([property: Id(0)] Epoch? Epoch) : Message;

/// <summary>The shard map at an epoch.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Shards">Owner by shard number; a shard without an owner is left out.</param>
/// <param name="Groups">The groups that were members, in the cluster's order.</param>
[GenerateSerializer, Alias("OrleansShards.ConfigReply"), Immutable, OmitDefaultMemberValues]
public sealed record ConfigReply(
    [property: Id(0)] Epoch Epoch,
    [property: Id(1)] ImmutableSortedDictionary<int, GroupId> Shards,
    [property: Id(2)] ImmutableArray<GroupId> Groups) : MasterReply;

/// <summary>Asks for the cluster's status. Answered by <see cref="ClusterStatusReply"/>.</summary>
[GenerateSerializer, Alias("OrleansShards.QueryClusterStatus"), Immutable, OmitDefaultMemberValues]
public sealed record QueryClusterStatus : Message;

/// <summary>The cluster's status, for operators.</summary>
/// <param name="Masters">Both masters.</param>
/// <param name="Config">The newest shard map; its groups are here every group of the cluster.</param>
/// <param name="GroupHeartbeatAgesMs">Milliseconds since each group's last heartbeat, in the cluster's order; null if never.</param>
/// <param name="Takeovers">The recent takeovers, oldest first.</param>
[GenerateSerializer, Alias("OrleansShards.ClusterStatusReply"), Immutable, OmitDefaultMemberValues]
public sealed record ClusterStatusReply(
    [property: Id(0)] ImmutableArray<MasterStatus> Masters,
    [property: Id(1)] ConfigReply Config,
    [property: Id(2)] ImmutableArray<long?> GroupHeartbeatAgesMs,
    [property: Id(3)] ImmutableArray<TakeoverRecord> Takeovers) : MasterReply
{
    /// <summary>The groups that are members, in the cluster's order.</summary>
    [Id(4)]
    public ImmutableArray<GroupId> Members { get; init; } = [];

    /// <summary>The moves that are due or have not ended, by shard.</summary>
    [Id(5)]
    public ImmutableArray<MoveStatus> Moves { get; init; } = [];
}

/// <summary>One master, as the primary sees it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsPrimary">Its role.</param>
/// <param name="Term">The newest term that it is known to have seen.</param>
/// <param name="LogIndex">The last record it is known to have applied.</param>
/// <param name="HeartbeatAgeMs">Milliseconds since it was last heard; null if never.</param>
[GenerateSerializer, Alias("OrleansShards.MasterStatus"), Immutable, OmitDefaultMemberValues]
public sealed record MasterStatus(
    [property: Id(0)] MasterName Name,
    [property: Id(1)] bool IsPrimary,
    [property: Id(2)] Term Term,
    [property: Id(3)] LogIndex LogIndex,
    [property: Id(4)] long? HeartbeatAgeMs);

/// <summary>Published after every change of leadership: groups and clients turn to the new primary.</summary>
/// <param name="Primary">Who leads.</param>
/// <param name="Term">Its term; a listener that knows a higher one ignores the notice.</param>
[GenerateSerializer, Alias("OrleansShards.PrimaryChanged"), Immutable, OmitDefaultMemberValues]
public sealed record PrimaryChanged([property: Id(0)] MasterName Primary, [property: Id(1)] Term Term) : Message;

/// <summary>Published after every change of the shard map: routers need not ask.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="Epoch">The shard's epoch; a listener that knows a higher one ignores the notice.</param>
[GenerateSerializer, Alias("OrleansShards.ShardMoved"), Immutable, OmitDefaultMemberValues]
public sealed record ShardMoved(
    [property: Id(0)] ShardId Shard, [property: Id(1)] GroupId Owner, [property: Id(2)] Epoch Epoch) : Message;
