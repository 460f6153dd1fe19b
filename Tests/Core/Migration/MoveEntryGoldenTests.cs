using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>
/// The bytes of a move's entries, pinned: logs that were written must be read for ever. Where one of these is red, the
/// code is wrong, not the test.
/// </summary>
public sealed class MoveEntryGoldenTests
{
    private static readonly MoveId Move = new(7);

    public static TheoryData<string, string> Entries() => new()
    {
        { "begin", "0C 07 05 02 67 31 00" },
        { "begin at a checkpoint", "0C 07 05 02 67 31 01 02 AA BB" },
        { "chunk", "0D 07 03 02 AA BB" },
        { "records", "0E 07 02 04 01 AA 05 01 BB" },
        { "ready", "0F 07 09 02 03 C8 01 08 07 06 05 04 03 02 01" },
        { "unready", "10 07 09" },
        { "take", "11 07 09" },
        { "drop", "12 07" },
        { "seal", "13 07 05 02 67 32" },
        { "release", "14 07 09" },
        { "unseal", "15 07 09 01" },
        { "restore", "16 07 02 AA BB" },
        { "restored chunk", "17 07 03 02 AA BB" },
        { "restore ended", "18 07 01" },
    };

    [Theory]
    [MemberData(nameof(Entries))]
    public void Entry_HasTheseBytes(string what, string hex)
    {
        TransferEntry entry = what switch
        {
            "begin" => new TransferEntry.Begin(Move, new Term(5), new GroupId("g1"), null),
            "begin at a checkpoint" => new TransferEntry.Begin(Move, new Term(5), new GroupId("g1"), new byte[] { 0xAA, 0xBB }),
            "chunk" => new TransferEntry.Chunk(Move, 3, new byte[] { 0xAA, 0xBB }),
            "records" => new TransferEntry.Records(
                Move, [new(new LogIndex(4), new byte[] { 0xAA }), new(new LogIndex(5), new byte[] { 0xBB })]),
            "ready" => new TransferEntry.Ready(Move, new Epoch(9), new MoveReceipt(2, 3, 200, 0x0102030405060708)),
            "unready" => new TransferEntry.Unready(Move, new Epoch(9)),
            "take" => new TransferEntry.Take(Move, new Epoch(9)),
            "drop" => new TransferEntry.DiscardStaging(Move),
            "seal" => new TransferEntry.Seal(Move, new Term(5), new GroupId("g2")),
            "release" => new TransferEntry.Release(Move, new Epoch(9)),
            "restore" => new TransferEntry.RestoreBegin(new RestoreId(7), new byte[] { 0xAA, 0xBB }),
            "restored chunk" => new TransferEntry.RestoreChunk(new RestoreId(7), 3, new byte[] { 0xAA, 0xBB }),
            "restore ended" => new TransferEntry.RestoreEnd(new RestoreId(7), IsCommitted: true),
            _ => new TransferEntry.Unseal(Move, new Epoch(9), IsOver: true),
        };
        byte[] bytes = TransferEntryCodec.Encode(entry);
        Assert.Equal(hex, BitConverter.ToString(bytes).Replace('-', ' '));
        Assert.Equal(hex, BitConverter.ToString(TransferEntryCodec.Encode(TransferEntryCodec.Decode(bytes))).Replace('-', ' '));
    }

    [Fact]
    public void Standing_IsReadAsItWasWritten_AndAnotherVersionStopsTheReader()
    {
        ShardOwnership moved = ShardOwnership.Initial with
        {
            Phase = TransferPhase.SealedForMove,
            Epoch = new Epoch(3),
            Other = new GroupId("g2"),
            Granted = new Epoch(4),
            Move = Move,
            EndedMove = new MoveId(5),
            TakenMove = new MoveId(4),
            OrderedIn = new Term(6),
        };
        ByteWriter writer = new();
        moved.Write(writer);
        ByteReader reader = new(writer.Written);
        Assert.Equal(moved, ShardOwnership.Read(ref reader));
        reader.End();

        byte[] older = writer.ToArray();
        older[0]--;
        string text = Assert.Throws<CorruptDataException>(() => Read(older)).Message;
        Assert.Equal("a shard's state of version 2; this program knows 3", text);
    }

    private static ShardOwnership Read(byte[] bytes)
    {
        ByteReader reader = new(bytes);
        return ShardOwnership.Read(ref reader);
    }
}
