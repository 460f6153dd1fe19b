using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Backups;

/// <summary>The payload of a frame: a part's fields in their order. Golden bytes in the tests pin the file.</summary>
internal static class PartCodec
{
    internal static FrameKind KindOf(BackupPart part) => part switch
    {
        BackupPart.Header => FrameKind.Header,
        BackupPart.Masters => FrameKind.Masters,
        BackupPart.ShardBegin => FrameKind.ShardBegin,
        BackupPart.ShardChunk => FrameKind.ShardChunk,
        BackupPart.ShardEnd => FrameKind.ShardEnd,
        BackupPart.End => FrameKind.End,
        BackupPart.Failed => FrameKind.Failed,
        _ => throw new ArgumentException($"{part.GetType().Name} is no part of a backup", nameof(part)),
    };

    internal static void Write(ByteWriter to, BackupPart part)
    {
        switch (part)
        {
            case BackupPart.Header header:
                to.Text(header.Backup);
                to.Text(header.Cluster);
                to.VarInt(header.At.ToUnixTimeMilliseconds());
                to.VarUInt((ulong)header.Shards);
                break;
            case BackupPart.Masters masters:
                to.Raw(masters.Json.Span);
                break;
            case BackupPart.ShardBegin begin:
                to.VarUInt((ulong)begin.Shard.Value);
                to.Text(begin.Group.Value);
                to.VarUInt(begin.Epoch.Value);
                to.Bytes(begin.Manifest.Span);
                break;
            case BackupPart.ShardChunk chunk:
                to.VarUInt((ulong)chunk.Number);
                to.Bytes(chunk.Bytes.Span);
                break;
            case BackupPart.ShardEnd { Content: var content }:
                to.VarUInt((ulong)content.Keys);
                to.VarUInt((ulong)content.ClientSessions);
                to.VarUInt((ulong)content.RouterSessions);
                to.VarUInt((ulong)content.Bytes);
                to.Fixed64(content.Digest);
                break;
            case BackupPart.End end:
                to.Raw(end.Digest.Span);
                break;
            case BackupPart.Failed failed:
                to.Text(failed.Text);
                break;
        }
    }

    /// <exception cref="CorruptDataException">The payload has something else than the part's fields.</exception>
    internal static BackupPart Read(FrameKind kind, byte[] payload)
    {
        ByteReader from = new(payload);
        BackupPart part;
        switch (kind)
        {
            case FrameKind.Masters:
                return new BackupPart.Masters(payload);
            case FrameKind.End:
                return new BackupPart.End(payload);
            case FrameKind.Header:
                part = new BackupPart.Header(
                    from.Text(), from.Text(), DateTimeOffset.FromUnixTimeMilliseconds(from.VarInt()), checked((int)from.VarUInt()));
                break;
            case FrameKind.ShardBegin:
                part = new BackupPart.ShardBegin(
                    new ShardId(checked((int)from.VarUInt())), new GroupId(from.Text()), new Epoch(from.VarUInt()), from.Slice(payload));
                break;
            case FrameKind.ShardChunk:
                part = new BackupPart.ShardChunk(checked((int)from.VarUInt()), from.Slice(payload));
                break;
            case FrameKind.ShardEnd:
                part = new BackupPart.ShardEnd(new CheckpointContent(
                    (long)from.VarUInt(), (long)from.VarUInt(), (long)from.VarUInt(), (long)from.VarUInt(), from.Fixed64()));
                break;
            case FrameKind.Failed:
                part = new BackupPart.Failed(from.Text());
                break;
            default:
                throw new CorruptDataException($"it is of kind {(byte)kind}, which this program does not know");
        }

        from.End();
        return part;
    }
}
