using System.Diagnostics;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>The bytes of the masters' entries about members and moves.</summary>
internal static class MasterMoveCodec
{
    internal static void Write(ByteWriter to, MasterEntry entry)
    {
        switch (entry)
        {
            case MasterEntry.Joined joined:
                to.Byte((byte)MasterEntryKind.Joined);
                Write(to, joined.Groups);
                break;
            case MasterEntry.Left left:
                to.Byte((byte)MasterEntryKind.Left);
                Write(to, left.Groups);
                break;
            case MasterEntry.Pinned pinned:
                Write(to, MasterEntryKind.Pinned, pinned.Shard);
                to.Text(pinned.Group.Value);
                break;
            case MasterEntry.Wanted wanted:
                Write(to, MasterEntryKind.Wanted, wanted.Shard);
                to.Text(wanted.Group.Value);
                to.VarUInt(wanted.UndoOf.Value);
                break;
            case MasterEntry.MoveBegun begun:
                Write(to, MasterEntryKind.MoveBegun, begun.Shard);
                to.Text(begun.To.Value);
                break;
            case MasterEntry.MoveSettled settled:
                Write(to, MasterEntryKind.MoveSettled, settled.Shard);
                to.VarUInt(settled.Move.Value);
                to.VarUInt(settled.Granted.Value);
                Write(to, settled.Receipt);
                break;
            case MasterEntry.MoveAborted aborted:
                Write(to, MasterEntryKind.MoveAborted, aborted.Shard);
                to.VarUInt(aborted.Move.Value);
                to.Text(aborted.Text);
                break;
            case MasterEntry.MoveEnded ended:
                Write(to, MasterEntryKind.MoveEnded, ended.Shard);
                to.VarUInt(ended.Move.Value);
                Write(to, ended.PauseUs);
                break;
            default:
                throw new UnreachableException(entry.GetType().Name);
        }
    }

    /// <exception cref="CorruptDataException">It is of a kind that this version does not know.</exception>
    internal static MasterEntry Read(MasterEntryKind kind, ref ByteReader from)
    {
        switch (kind)
        {
            case MasterEntryKind.Joined:
                return new MasterEntry.Joined(ReadGroups(ref from));
            case MasterEntryKind.Left:
                return new MasterEntry.Left(ReadGroups(ref from));
            case MasterEntryKind.Pinned:
                return new MasterEntry.Pinned(MasterEntryCodec.ReadShard(ref from), new GroupId(from.Text()));
            case MasterEntryKind.Wanted:
                return new MasterEntry.Wanted(
                    MasterEntryCodec.ReadShard(ref from), new GroupId(from.Text()), new MoveId(from.VarUInt()));
            case MasterEntryKind.MoveBegun:
                return new MasterEntry.MoveBegun(MasterEntryCodec.ReadShard(ref from), new GroupId(from.Text()));
            case MasterEntryKind.MoveSettled:
                return new MasterEntry.MoveSettled(
                    MasterEntryCodec.ReadShard(ref from),
                    new MoveId(from.VarUInt()),
                    new Epoch(from.VarUInt()),
                    ReadReceipt(ref from));
            case MasterEntryKind.MoveAborted:
                return new MasterEntry.MoveAborted(
                    MasterEntryCodec.ReadShard(ref from), new MoveId(from.VarUInt()), from.Text());
            case MasterEntryKind.MoveEnded:
                return new MasterEntry.MoveEnded(
                    MasterEntryCodec.ReadShard(ref from), new MoveId(from.VarUInt()), ReadPause(ref from));
            default:
                throw new CorruptDataException($"an entry of kind {(byte)kind}, which this version does not know");
        }
    }

    internal static void Write(ByteWriter to, ImmutableArray<GroupId> groups)
    {
        to.VarUInt((ulong)groups.Length);
        foreach (GroupId group in groups)
            to.Text(group.Value);
    }

    internal static ImmutableArray<GroupId> ReadGroups(ref ByteReader from)
    {
        ImmutableArray<GroupId>.Builder groups = ImmutableArray.CreateBuilder<GroupId>();
        for (int left = from.Count(); left > 0; left--)
            groups.Add(new GroupId(from.Text()));

        return groups.ToImmutable();
    }

    internal static void Write(ByteWriter to, MoveReceipt? receipt)
    {
        to.Bool(receipt is not null);
        if (receipt is not null)
        {
            to.VarInt(receipt.Keys);
            to.VarInt(receipt.Sessions);
            to.VarInt(receipt.Bytes);
            to.Fixed64(receipt.Digest);
        }
    }

    internal static MoveReceipt? ReadReceipt(ref ByteReader from) => from.Bool()
        ? new MoveReceipt(from.VarInt(), from.VarInt(), from.VarInt(), from.Fixed64())
        : null;

    internal static void Write(ByteWriter to, long? pauseUs)
    {
        to.Bool(pauseUs.HasValue);
        if (pauseUs is { } measured)
            to.VarInt(measured);
    }

    internal static long? ReadPause(ref ByteReader from) => from.Bool() ? from.VarInt() : null;

    private static void Write(ByteWriter to, MasterEntryKind kind, ShardId shard)
    {
        to.Byte((byte)kind);
        to.VarUInt((ulong)shard.Value);
    }
}
