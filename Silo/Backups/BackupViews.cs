using System.Text.Json.Serialization;
using OrleansShards.Silo.Api;

namespace OrleansShards.Silo.Backups;

/// <summary>What a backup has of the masters.</summary>
internal sealed record MastersView(
    IReadOnlyList<string> Masters, string Primary, ulong Term, MapView Map, IReadOnlyList<string> Gids,
    IReadOnlyDictionary<int, string>? Pins, MovesView Moves, HistoryView History);

/// <summary>How the newest restore stands, or what one has done.</summary>
internal sealed record RestoreView
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Plan { get; init; }

    /// <summary>The attempt's number; null where there was none.</summary>
    public string? Restore { get; init; }

    /// <summary><c>none</c>, <c>receiving</c> (the shards are not served), <c>committed</c> or <c>aborted</c>.</summary>
    public required string Phase { get; init; }

    /// <summary>The id of the backup.</summary>
    public string? Backup { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ClusterId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? BackupAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Shards { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Keys { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Sessions { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Bytes { get; init; }

    public required string Text { get; init; }
}

/// <summary>A backup or a restore of this silo, as the event <c>backup</c> has it.</summary>
internal sealed record BackupRunView
{
    public required string Operation { get; init; }

    /// <summary><c>running</c>, <c>done</c> or <c>failed</c>.</summary>
    public required string Phase { get; init; }

    public required DateTimeOffset BeganAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The shard that it is at; null before the first.</summary>
    public int? Shard { get; init; }

    public int? Shards { get; init; }

    /// <summary>Bytes of content so far.</summary>
    public long Bytes { get; init; }

    /// <summary>What keeps it from going on, by name; null where nothing does.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>How it has ended; null before.</summary>
    public string? Text { get; init; }
}
