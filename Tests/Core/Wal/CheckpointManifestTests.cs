using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

public sealed class CheckpointManifestTests
{
    private static readonly CheckpointManifest Sample = new(
        new CheckpointId(new LogIndex(300), new Term(2)),
        new LogCursor(new LogIndex(300), new Term(2), 0xCAFEBABE, 77),
        new WriterId("m1", new Incarnation(5)),
        3,
        1000,
        0x1122334455667788,
        [new LogIndex(1), new LogIndex(200)]);

    /// <summary>What is on disks: a change here needs a new format number.</summary>
    [Fact]
    public void Encode_Manifest_HasTheGoldenBytes() => Assert.Equal(
        "02" + "2C01000000000000" + "0200000000000000" + "0200000000000000" + "BEBAFECA" + "4D00000000000000" + "026D31" +
        "0500000000000000" + "03" + "E807" + "8877665544332211" + "02" + "01" + "C801" + "F1E6B6CF",
        Convert.ToHexString(Sample.Encode()));

    [Fact]
    public void Decode_WhatEncodeWrote_IsTheSame()
    {
        CheckpointManifest read = CheckpointManifest.Decode(Sample.Encode());

        Assert.Equal(Sample with { Fences = [] }, read with { Fences = [] });
        Assert.Equal(Sample.Fences, read.Fences);
    }

    [Fact]
    public void Decode_AnyBitFlippedOrAnyLength_IsCorruptAndSaysWhat()
    {
        byte[] bytes = Sample.Encode();
        Assert.All(Damage.Flips(bytes).Concat(Damage.Lengths(bytes)), damaged =>
        {
            CorruptDataException damage = Assert.Throws<CorruptDataException>(() => CheckpointManifest.Decode(damaged));
            Assert.StartsWith("the checkpoint's manifest has ", damage.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Decode_AnotherFormatUnderARightChecksum_SaysWhich()
    {
        byte[] body = Sample.Encode()[..^4];
        body[0] = 1;
        Assert.Equal("the checkpoint's manifest has format 1, this version reads 2", Decode(body).Message);
    }

    [Fact]
    public void Decode_SurplusUnderARightChecksum_IsCorrupt() =>
        Assert.Contains("left over", Decode([.. Sample.Encode()[..^4], 0]).Message, StringComparison.Ordinal);

    [Fact]
    public void OpenChunk_AnyBitFlippedOrAnyLength_IsCorruptAndNamesTheChunk()
    {
        byte[] bytes = Chunk(7);
        Assert.All(Damage.Flips(bytes).Concat(Damage.Lengths(bytes)), damaged =>
        {
            CorruptDataException damage = Assert.Throws<CorruptDataException>(() => Open(damaged, 7));
            Assert.StartsWith("chunk 7 of the checkpoint has ", damage.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void OpenChunk_ItsOwnNumber_GivesWhatWasSealed() => Assert.Equal("content"u8.ToArray(), Open(Chunk(7), 7));

    [Fact]
    public void OpenChunk_AnotherNumber_IsCorrupt() => Assert.Throws<CorruptDataException>(() => Open(Chunk(7), 8));

    private static byte[] Open(byte[] bytes, int number) => CheckpointManifest.OpenChunk(bytes, number).ToArray();

    private static byte[] Chunk(int number)
    {
        ByteWriter chunk = new();
        chunk.Raw("content"u8);
        return CheckpointManifest.SealChunk(chunk, number);
    }

    private static CorruptDataException Decode(byte[] body)
    {
        ByteWriter to = new();
        to.Raw(body);
        to.Fixed32(Crc32C.Append(0, body));
        return Assert.Throws<CorruptDataException>(() => CheckpointManifest.Decode(to.Written));
    }
}
