using OrleansShards.Core.Wal;

namespace OrleansShards.Backups;

/// <summary>A backup's file, offline.</summary>
public static class BackupFile
{
    /// <summary>
    /// Reads a backup to its end and verifies everything: every frame, the digest that each shard had in its cluster, and the file's.
    /// </summary>
    /// <exception cref="BackupDamageException">The file is no backup, or is not whole; the text says where and why.</exception>
    public static async Task<BackupReport> VerifyAsync(
        Stream file, IProgress<BackupProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using BackupReader reader = new(file, progress);
        BackupReport report = new();
        BackupPart.ShardBegin? begin = null;
        await foreach (BackupPart part in reader.ReadAsync(cancellationToken))
        {
            switch (part)
            {
                case BackupPart.Header header:
                    report = report with { Backup = header.Backup, Cluster = header.Cluster, At = header.At };
                    break;
                case BackupPart.Masters masters:
                    report = report with { Masters = System.Text.Encoding.UTF8.GetString(masters.Json.Span) };
                    break;
                case BackupPart.ShardBegin shard:
                    begin = shard;
                    break;
                case BackupPart.ShardEnd end:
                    ulong index = CheckpointManifest.Decode(begin!.Manifest.Span).Id.Index.Value;
                    report.Shards.Add(new BackupShard(
                        begin.Shard.Value, begin.Group.Value, begin.Epoch.Value, index, end.Content.Keys, end.Content.ClientSessions,
                        end.Content.Bytes, end.Content.Digest));
                    break;
                case BackupPart.End last:
                    report = report with { Digest = Convert.ToHexStringLower(last.Digest.Span) };
                    break;
            }
        }

        return report;
    }
}

/// <summary>What a backup is, and has.</summary>
public sealed record BackupReport
{
    /// <summary>The backup's own id.</summary>
    public string Backup { get; init; } = "";

    /// <summary>The id of the cluster that was backed up.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>When it was begun.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>SHA-256 of the file before its last part, in hexadecimal digits.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The masters' decisions: a JSON object.</summary>
    public string Masters { get; init; } = "{}";

    /// <summary>The shards, by number.</summary>
    public IList<BackupShard> Shards { get; } = [];

    /// <summary>How many keys all shards have.</summary>
    public long Keys => Shards.Sum(static shard => shard.Keys);

    /// <summary>How many sessions of clients all shards have.</summary>
    public long Sessions => Shards.Sum(static shard => shard.Sessions);

    /// <summary>Bytes of keys, values and sessions.</summary>
    public long Bytes => Shards.Sum(static shard => shard.Bytes);
}

/// <summary>
/// One shard of a backup: the group that had it, at which epoch and log index; its keys, sessions of clients and bytes; and the digest of
/// the copy's state at that index, which its cluster's replicas compare, too.
/// </summary>
public sealed record BackupShard(
    int Shard, string Gid, ulong Epoch, ulong LogIndex, long Keys, long Sessions, long Bytes, ulong Digest);
