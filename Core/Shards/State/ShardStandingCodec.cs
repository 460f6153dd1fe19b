using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Shards;

/// <summary>
/// A standing as bytes. The first is the format's version: a version that this code does not know stops the reader
/// (an older binary must not guess what a newer one meant), and every version ever written stays readable.
/// </summary>
internal static class ShardStandingCodec
{
    private const byte Version1 = 1;
    private const byte Version2 = 2;

    /// <summary>
    /// Writes the lowest version that holds it: what a copy was that never took part in a move is written as it always
    /// was, so that digests in logs of before stay right.
    /// </summary>
    internal static void Write(ByteWriter writer, ShardStanding standing)
    {
        bool wasMoved = standing is not { EndedMove.Value: 0, Move.Value: 0, OrderedIn.Value: 0 };
        writer.Byte(wasMoved ? Version2 : Version1);
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
        if (wasMoved)
        {
            writer.VarUInt(standing.Move.Value);
            writer.VarUInt(standing.EndedMove.Value);
            writer.VarUInt(standing.TakenMove.Value);
            writer.VarUInt(standing.OrderedIn.Value);
        }
    }

    internal static ShardStanding Read(ref ByteReader reader)
    {
        byte version = reader.Byte();
        return version switch
        {
            Version1 => ReadVersion1(ref reader),
            Version2 => ReadVersion1(ref reader) with
            {
                Move = new(reader.VarUInt()),
                EndedMove = new(reader.VarUInt()),
                TakenMove = new(reader.VarUInt()),
                OrderedIn = new(reader.VarUInt()),
            },
            _ => throw new CorruptDataException($"a shard's state of version {version}; this program knows {Version2}"),
        };
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
