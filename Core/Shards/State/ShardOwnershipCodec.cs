using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A copy's ownership as bytes. The first is the format's version: one that this code does not know stops the reader, which must
/// not guess what another release meant. (1 and 2 were written with records and checkpoints of format 1.)
/// </summary>
internal static class ShardOwnershipCodec
{
    private const byte Version = 3;

    internal static void Write(ByteWriter writer, ShardOwnership ownership)
    {
        writer.Byte(Version);
        writer.Byte((byte)ownership.Phase);
        writer.VarUInt(ownership.Epoch.Value);
        writer.Bool(ownership.Other is not null);
        writer.Text(ownership.Other?.Value ?? "");
        writer.VarUInt(ownership.Granted.Value);
        writer.Byte((byte)ownership.Release);
        writer.Fixed64(ownership.ReleasedDigest);
        writer.VarUInt(ownership.Installed.Value);
        writer.Fixed64(ownership.InstalledDigest);
        writer.Bool(ownership.IsServed);
        writer.VarUInt(ownership.Discarded.Value);
        writer.VarUInt(ownership.AbortedInto.Value);
        writer.VarUInt(ownership.Move.Value);
        writer.VarUInt(ownership.EndedMove.Value);
        writer.VarUInt(ownership.TakenMove.Value);
        writer.VarUInt(ownership.OrderedIn.Value);
    }

    internal static ShardOwnership Read(ref ByteReader reader)
    {
        byte version = reader.Byte();
        if (version != Version)
            throw new CorruptDataException($"a shard's state of version {version}; this program knows {Version}");

        var phase = (TransferPhase)reader.Byte();
        ShardOwnership ownership = new() { Phase = phase, Epoch = new(reader.VarUInt()) };
        bool hasOther = reader.Bool();
        string other = reader.Text();
        ownership = ownership with
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
        return Enum.IsDefined(ownership.Phase) && Enum.IsDefined(ownership.Release)
            ? ownership
            : throw new CorruptDataException($"a shard in phase {phase}, released as {ownership.Release}");
    }
}
