using System.Text.Json.Serialization;

namespace OrleansShards.Silo.Api;

// What actions are asked with, and what they answer.

internal sealed record SwitchoverArguments(string? To);

internal sealed record FailoverArguments(string? FailedMaster);

internal sealed record GroupsArguments(IReadOnlyList<string> Gids);

internal sealed record MoveArguments(int Shard, string Gid);

internal sealed record MigrateArguments(int Shard, string TargetGid);

internal sealed record ShardArguments(int Shard);

/// <summary>What a <c>cas</c> is asked with.</summary>
internal sealed record CasArguments(JsonValue From, JsonValue To, bool? CreateIfNotExists);

/// <summary>
/// What an action has done or, as a plan, would do; <c>text</c> says it in a sentence. Fields that do not apply are left out.
/// </summary>
internal sealed record ActionView
{
    public required string Action { get; init; }
    public required bool Plan { get; init; }
    public required string Text { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Epoch { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Primary { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Term { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PauseMs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? FailoverTimeMs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? WalEntriesReplayed { get; init; }

    /// <summary>The moves of a plan.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PlannedMoveView>? Moves { get; init; }

    /// <summary>The move that was asked for, as it is now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MoveView? Move { get; init; }
}

/// <summary>A move that would be made. <c>bytes</c> is null where the source has not said, <c>pause_ms</c> before the first move.</summary>
internal sealed record PlannedMoveView(int Shard, string SourceGid, string TargetGid, long? Bytes, long? PauseMs);

/// <summary>The newest move of a shard; <c>done</c> when nothing follows.</summary>
internal sealed record MoveView
{
    /// <summary>The move's number, as <c>/moves</c> has it; null where it has not begun.</summary>
    public string? Move { get; init; }

    public required int Shard { get; init; }
    public required string Phase { get; init; }
    public required bool Done { get; init; }
    public string? SourceGid { get; init; }
    public string? TargetGid { get; init; }
    public long Keys { get; init; }
    public long Bytes { get; init; }
    public long BytesDone { get; init; }
    public long BytesTotal { get; init; }
    public long? PauseMs { get; init; }
    public string? Text { get; init; }
}
