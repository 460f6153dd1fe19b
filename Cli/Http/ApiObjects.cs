using System.Text.Json.Serialization;

namespace OrleansShards.Cli.Http;

// The objects of docs/api.md, as far as the commands show them. A field that a silo does not have is null here, and one that is not known
// here is skipped: the command and the silo may be of different releases.

internal sealed record ClusterObject(
    string ClusterId, string Silo, int Shards, string? Primary, ulong? Term, ulong? Epoch, MasterObject[] Masters, FailoverObject? Failover,
    SiloObject[] Silos, ProblemObject[] Problems);

internal sealed record MasterObject(
    string Name, string Role, ulong? Term, string? Silo, ulong? LogIndex, long? LastHeartbeatMs, long? LagEntries, long? LagBytes,
    long? LagMs);

internal sealed record FailoverObject(bool Possible, long? TakesMs, long? RequestedMs, string Why);

internal sealed record SiloObject(string Name, string Address, string[] Gids);

internal sealed record ProblemObject(string Part, string Text);

internal sealed record ShardsObject(ulong Epoch, ShardObject[] Shards, ProblemObject[] Problems);

internal sealed record ShardObject(
    int Shard, string? Gid, string? Silo, ulong? Epoch, string? Phase, long? Keys, long? Bytes, long? Sessions, double? RequestsPerSecond,
    string? TargetGid);

internal sealed record GroupsObject(GroupObject[] Groups, string[]? Announced);

internal sealed record GroupObject(string Gid, bool Member, int Shards, int Wanted, string[] Silos, long? LastHeartbeatMs);

internal sealed record MovesObject(RunningMoveObject[] Running, FinishedMoveObject[] Finished);

internal sealed record RunningMoveObject(
    string? Move, int Shard, string? SourceGid, string? TargetGid, string Phase, long BytesDone, long BytesTotal, long BytesLeft,
    long? BytesPerSecond, long? LeftMs, long? PredictedPauseMs, string? WaitsFor);

internal sealed record FinishedMoveObject(
    string Move, int Shard, string SourceGid, string TargetGid, string Phase, DateTimeOffset? At, long? Keys, long? Bytes, long? PauseMs,
    DateTimeOffset? UndoUntil, string? Text);

internal sealed record HistoryObject(HistoryEventObject[] Events);

internal sealed record HistoryEventObject(string Kind, DateTimeOffset? At, string Text);

internal sealed record MapObject(ulong Epoch, Dictionary<string, string> Shards, string[] Gids);

internal sealed record StoreObject(string Kind, string Place, bool Ok, double? ReadMs, string? Trouble, StoreFailureObject? LastError);

internal sealed record StoreFailureObject(string Requests, string Text, DateTimeOffset At);

internal sealed record ActionObject(string Action, bool Plan, string Text, PlannedMoveObject[]? Moves);

internal sealed record PlannedMoveObject(int Shard, string SourceGid, string TargetGid, long? Bytes, long? PauseMs);

internal sealed record KeyObject(int Shard);

/// <summary>Problem details. <c>Code</c> is the protocol's; a problem of HTTP itself has none.</summary>
internal sealed record ErrorObject(string? Detail, int? Code, bool? Definite);

// What is sent.

internal sealed record MasterArgument(string? To, string? FailedMaster);

internal sealed record GroupsArgument(string[] Gids);

internal sealed record ShardArgument(int Shard, string? Gid, string? TargetGid);

/// <summary>What <c>bench --json</c> prints.</summary>
internal sealed record BenchObject(
    int Clients, double Seconds, long Requests, double RequestsPerSecond, long Errors, BenchLatency? Reads, BenchLatency? Writes);

internal sealed record BenchLatency(long Count, double P50Ms, double P90Ms, double P99Ms, double P999Ms, double MaxMs);

/// <summary>The shapes are compiled, not found out at each start.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ActionObject))]
[JsonSerializable(typeof(BenchObject))]
[JsonSerializable(typeof(ClusterObject))]
[JsonSerializable(typeof(ErrorObject))]
[JsonSerializable(typeof(GroupsArgument))]
[JsonSerializable(typeof(GroupsObject))]
[JsonSerializable(typeof(HistoryObject))]
[JsonSerializable(typeof(KeyObject))]
[JsonSerializable(typeof(MapObject))]
[JsonSerializable(typeof(MasterArgument))]
[JsonSerializable(typeof(MovesObject))]
[JsonSerializable(typeof(ShardArgument))]
[JsonSerializable(typeof(ShardsObject))]
[JsonSerializable(typeof(StoreObject))]
internal sealed partial class ApiShapes : JsonSerializerContext;
