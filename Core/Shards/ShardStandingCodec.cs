using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A standing as bytes. The first is the format's version: a version that this code does not know stops the reader
/// (an older binary must not guess what a newer one meant), and every version ever written stays readable.
/// </summary>
internal static class ShardStandingCodec
{
    private const byte Version = 1;

    internal static void Write(ByteWriter writer, ShardStanding standing)
    {
        writer.Byte(Version);
        writer.Byte((byte)standing.Phase);
        writer.VarUInt(standing.Epoch.Value);
        writer.Bool(standing.Other is not null);
        writer.Text(standing.Other?.Value ?? "");
        writer.VarUInt(standing.Granted.Value);
        writer.Bool(standing.IsGrantGiven);
        writer.Byte((byte)standing.Release);
        writer.Fixed64(standing.ReleasedDigest);
        writer.VarUInt(standing.Installed.Value);
        writer.Fixed64(standing.InstalledDigest);
        writer.Bool(standing.IsServed);
        writer.VarUInt(standing.Discarded.Value);
        writer.VarUInt(standing.AbortedInto.Value);
    }

    internal static ShardStanding Read(ref ByteReader reader)
    {
        byte version = reader.Byte();
        return version == Version
            ? ReadVersion1(ref reader)
            : throw new CorruptDataException($"a shard's state of version {version}; this program knows {Version}");
    }

    private static ShardStanding ReadVersion1(ref ByteReader reader)
    {
        var phase = (ShardPhase)reader.Byte();
        ShardStanding standing = new() { Phase = phase, Epoch = new(reader.VarUInt()) };
        bool hasOther = reader.Bool();
        string other = reader.Text();
        standing = standing with
        {
            Other = hasOther ? new GroupId(other) : null,
            Granted = new(reader.VarUInt()),
            IsGrantGiven = reader.Bool(),
            Release = (ReleaseReason)reader.Byte(),
            ReleasedDigest = reader.Fixed64(),
            Installed = new(reader.VarUInt()),
            InstalledDigest = reader.Fixed64(),
            IsServed = reader.Bool(),
            Discarded = new(reader.VarUInt()),
            AbortedInto = new(reader.VarUInt()),
        };
        return Enum.IsDefined(standing.Phase) && Enum.IsDefined(standing.Release)
            ? standing
            : throw new CorruptDataException($"a shard in phase {phase}, released as {standing.Release}");
    }
}
