using System.Text.Json.Serialization;

namespace OrleansShards.Silo.Api;

// What the API answers, one record for each kind of object. Names are the protocol's (docs/protocol.md). Times of day are by the clock of
// the silo that has recorded them; what takes time is in milliseconds.

/// <summary>A part of an answer that is missing, and why: an answer never waits for a part that hangs.</summary>
internal sealed record PartProblem(string Part, string Text);

/// <summary>The cluster at a glance.</summary>
internal sealed record ClusterView
{
    public required string ClusterId { get; init; }

    /// <summary>The silo that answers.</summary>
    public required string Silo { get; init; }

    /// <summary>How many shards there are.</summary>
    public required int Shards { get; init; }

    public string? Primary { get; init; }
    public ulong? Term { get; init; }

    /// <summary>The epoch of the shard map.</summary>
    public ulong? Epoch { get; init; }

    public required IReadOnlyList<MasterView> Masters { get; init; }
    public FailoverEstimate? Failover { get; init; }
    public required IReadOnlyList<SiloView> Silos { get; init; }
    public required IReadOnlyList<PartProblem> Problems { get; init; }
}

[JsonConverter(typeof(MasterWordConverter))]
internal enum MasterWord
{
    Primary = 1,
    Shadow = 2,

    /// <summary>Nobody says.</summary>
    Unknown = 3,
}

/// <summary>A master. The lag is what is durable in the primary's log and not replayed here; null for the primary.</summary>
internal sealed record MasterView
{
    public required string Name { get; init; }
    public required MasterWord Role { get; init; }
    public ulong? Term { get; init; }
    public string? Silo { get; init; }
    public ulong? LogIndex { get; init; }
    public long? LastHeartbeatMs { get; init; }
    public long? LagEntries { get; init; }
    public long? LagBytes { get; init; }
    public long? LagMs { get; init; }
}

/// <summary>A silo that is up. <c>gids</c> are the groups that it was started with; empty for all.</summary>
internal sealed record SiloView(string Name, string Address, IReadOnlyList<string> Gids);

/// <summary>
/// What a failover would take now. <c>takes_ms</c> is for a primary that falls silent, <c>requested_ms</c> for one that an operator
/// deposes: without the detection, null where nothing was measured yet.
/// </summary>
internal sealed record FailoverEstimate(bool Possible, long? TakesMs, long? RequestedMs, long DetectMs, string Why);

internal sealed record ShardsView(ulong Epoch, IReadOnlyList<ShardView> Shards, IReadOnlyList<PartProblem> Problems);

/// <summary>A shard. What its owner has not said in time is null.</summary>
internal sealed record ShardView
{
    public required int Shard { get; init; }

    /// <summary>Its owner; null where it has none.</summary>
    public string? Gid { get; init; }

    public string? Silo { get; init; }
    public ulong? Epoch { get; init; }
    public string? Phase { get; init; }
    public long? Keys { get; init; }
    public long? Bytes { get; init; }
    public long? Sessions { get; init; }

    /// <summary>Since this silo last asked; null when it asks for the first time.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>The group that it moves to; null where it stays.</summary>
    public string? TargetGid { get; init; }
}

/// <summary>The groups that the cluster has, and those that it does not have and whose silos are up: they may join.</summary>
internal sealed record GroupsView(IReadOnlyList<GroupView> Groups)
{
    public required IReadOnlyList<string> Announced { get; init; }
}

/// <summary>
/// A replica group: how many shards it owns, and how many it is to own when all moves have ended; the silos that carry it now.
/// </summary>
internal sealed record GroupView(
    string Gid, bool Member, int Shards, int Wanted, IReadOnlyList<string> Silos, long? LastHeartbeatMs);

internal sealed record MovesView(IReadOnlyList<RunningMove> Running, IReadOnlyList<FinishedMove> Finished);

/// <summary>A move that is due or under way.</summary>
internal sealed record RunningMove
{
    public string? Move { get; init; }
    public required int Shard { get; init; }
    public string? SourceGid { get; init; }
    public string? TargetGid { get; init; }
    public required string Phase { get; init; }
    public long BytesDone { get; init; }
    public long BytesTotal { get; init; }
    public long BytesLeft { get; init; }
    public long? BytesPerSecond { get; init; }
    public long? LeftMs { get; init; }

    /// <summary>The median of the newest moves' pauses; null before the first.</summary>
    public long? PredictedPauseMs { get; init; }

    /// <summary>What keeps it from going on, by name; null where nothing does.</summary>
    public string? WaitsFor { get; init; }
}

/// <summary>A move that has ended, with its receipt where it was committed.</summary>
internal sealed record FinishedMove
{
    public required string Move { get; init; }
    public required int Shard { get; init; }
    public required string SourceGid { get; init; }
    public required string TargetGid { get; init; }

    /// <summary><c>committed</c> or <c>aborted</c>.</summary>
    public required string Phase { get; init; }

    public DateTimeOffset? At { get; init; }
    public long? Keys { get; init; }
    public long? Bytes { get; init; }
    public long? Sessions { get; init; }
    public long? PauseMs { get; init; }
    public string? UndoOf { get; init; }

    /// <summary>Until when it can be undone; null where it cannot.</summary>
    public DateTimeOffset? UndoUntil { get; init; }

    public string? Text { get; init; }
}

internal sealed record HistoryView(IReadOnlyList<HistoryEvent> Events);

/// <summary>A change of term or a move, with a sentence for people.</summary>
internal sealed record HistoryEvent(string Kind, DateTimeOffset? At, string Text)
{
    public TermChange? Term { get; init; }
    public FinishedMove? Move { get; init; }
}

/// <summary>A change of term, with its phases.</summary>
internal sealed record TermChange
{
    public required ulong Term { get; init; }
    public required string Reason { get; init; }
    public required string From { get; init; }
    public required string To { get; init; }
    public required long WalEntriesReplayed { get; init; }
    public required double DetectMs { get; init; }
    public required double CatchUpMs { get; init; }
    public required double FenceMs { get; init; }
    public required double PromoteMs { get; init; }
    public double? RedirectMs { get; init; }
}

/// <summary>The shard map at an epoch: owners by shard number, and the members.</summary>
internal sealed record MapView(ulong Epoch, IReadOnlyDictionary<string, string> Shards, IReadOnlyList<string> Gids);

/// <summary>This silo's store: how long a read takes, whether writes fail, and the last failure since the silo was started.</summary>
internal sealed record StoreView(
    string Kind, string Place, bool Ok, double? ReadMs, string? Trouble, StoreFailureView? LastError);

internal sealed record StoreFailureView(string Requests, string Text, DateTimeOffset At);

/// <summary>A key with its shard and, where it was read, its value.</summary>
internal sealed record KeyView(
    JsonValue Key, int Shard, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonValue? Value);
