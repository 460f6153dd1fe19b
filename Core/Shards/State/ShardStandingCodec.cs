using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A standing as bytes. The first is the format's version: one that this code does not know stops the reader, which must
/// not guess what another release meant. (1 and 2 were written with records and checkpoints of format 1.)
/// </summary>
internal static class ShardStandingCodec
{
    private const byte Version = 3;

    internal static void Write(ByteWriter writer, ShardStanding standing)
    {
        writer.Byte(Version);
        writer.Byte((byte)standing.Phase);
        writer.VarUInt(standing.Epoch.Value);
        writer.Bool(standing.Other is not null);
        writer.Text(standing.Other?.Value ?? "");
        writer.VarUInt(standing.Granted.Value);
        writer.Byte((byte)standing.Release);
        writer.Fixed64(standing.ReleasedDigest);
        writer.VarUInt(standing.Installed.Value);
        writer.Fixed64(standing.InstalledDigest);
        writer.Bool(standing.IsServed);
        writer.VarUInt(standing.Discarded.Value);
        writer.VarUInt(standing.AbortedInto.Value);
        writer.VarUInt(standing.Move.Value);
        writer.VarUInt(standing.EndedMove.Value);
        writer.VarUInt(standing.TakenMove.Value);
        writer.VarUInt(standing.OrderedIn.Value);
    }

    internal static ShardStanding Read(ref ByteReader reader)
    {
        byte version = reader.Byte();
        if (version != Version)
        {
            throw new CorruptDataException($"a shard's state of version {version}; this program knows {Version}");
        }

        var phase = (TransferPhase)reader.Byte();
        ShardStanding standing = new() { Phase = phase, Epoch = new(reader.VarUInt()) };
        bool hasOther = reader.Bool();
        string other = reader.Text();
        standing = standing with
        {
            Other = hasOther ? new GroupId(other) : null,
            Granted = new(reader.VarUInt()),
            Release = (ReleaseReason)reader.Byte(),
            ReleasedDigest = reader.Fixed64(),
            Installed = new(reader.VarUInt()),
            InstalledDigest = reader.Fixed64(),
            IsServed = reader.Bool(),
            Discarded = new(reader.VarUInt()),
            AbortedInto = new(reader.VarUInt()),
            Move = new(reader.VarUInt()),
            EndedMove = new(reader.VarUInt()),
            TakenMove = new(reader.VarUInt()),
            OrderedIn = new(reader.VarUInt()),
        };
        return Enum.IsDefined(standing.Phase) && Enum.IsDefined(standing.Release)
            ? standing
            : throw new CorruptDataException($"a shard in phase {phase}, released as {standing.Release}");
    }
}
