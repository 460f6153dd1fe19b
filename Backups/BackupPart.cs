using OrleansShards.Core;
using OrleansShards.Core.Shards;

namespace OrleansShards.Backups;

/// <summary>A part of a backup's file, in the order of the file: the header, the masters, each shard from 0 on, the end.</summary>
public abstract record BackupPart
{
    private BackupPart() { }

    /// <summary>What the file is.</summary>
    /// <param name="Backup">The backup's own id: 32 hexadecimal digits.</param>
    /// <param name="Cluster">The id of the cluster that was backed up.</param>
    /// <param name="At">When it was begun, by the clock of the silo that wrote it.</param>
    /// <param name="Shards">How many shards the cluster has.</param>
    public sealed record Header(string Backup, string Cluster, DateTimeOffset At, int Shards) : BackupPart;

    /// <summary>The masters' decisions as a JSON object, for people: map, members, pins, moves, history. No restore needs them.</summary>
    public sealed record Masters(ReadOnlyMemory<byte> Json) : BackupPart;

    /// <summary>
    /// A shard begins: the group that had it, at which epoch, and the manifest of its checkpoint, which names the log index. If the same
    /// shard has begun before and not ended, all that came of it is void: its checkpoint was replaced while it was read.
    /// </summary>
    public sealed record ShardBegin(ShardId Shard, GroupId Group, Epoch Epoch, ReadOnlyMemory<byte> Manifest) : BackupPart;

    /// <summary>The next chunk of the shard's checkpoint.</summary>
    public sealed record ShardChunk(int Number, ReadOnlyMemory<byte> Bytes) : BackupPart;

    /// <summary>The shard is whole, and has this content.</summary>
    public sealed record ShardEnd(CheckpointContent Content) : BackupPart;

    /// <summary>The file is whole: SHA-256 of all bytes before this part.</summary>
    public sealed record End(ReadOnlyMemory<byte> Digest) : BackupPart;

    /// <summary>The silo has given the backup up, for this reason. Nothing follows.</summary>
    public sealed record Failed(string Text) : BackupPart;
}

/// <summary>A backup's file is not one, is damaged, or is cut off; the text says where, what was found, and what was expected.</summary>
public sealed class BackupDamageException(string text) : Exception(text);

/// <summary>How far reading or writing a backup is.</summary>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="ContentBytes">Bytes of keys, values and sessions of the shards that are whole.</param>
/// <param name="Shards">Shards that are whole.</param>
/// <param name="ShardCount">All shards; 0 before the header is known.</param>
public readonly record struct BackupProgress(long Bytes, long ContentBytes, int Shards, int ShardCount);
