using OrleansShards.Core.Bytes;

namespace OrleansShards.Tests.Core.Bytes;

public sealed class ByteReaderTests
{
    [Fact]
    public void Read_WhatWasWritten_IsTheSameInOrder()
    {
        ByteWriter to = new(1);
        to.Byte(200);
        to.Fixed32(0xFFEEDDCC);
        to.Fixed64(ulong.MaxValue - 1);
        to.Bool(true);
        to.Bool(false);
        to.Bytes([1, 2, 3]);
        to.Text("naïve 🙂");
        to.Text("");

        ByteReader from = new(to.Written);
        Assert.Equal((byte)200, from.Byte());
        Assert.Equal(0xFFEEDDCC, from.Fixed32());
        Assert.Equal(ulong.MaxValue - 1, from.Fixed64());
        Assert.Equal((true, false), (from.Bool(), from.Bool()));
        Assert.Equal([1, 2, 3], from.Bytes().ToArray());
        Assert.Equal("naïve 🙂", from.Text());
        Assert.Equal("", from.Text());
        Assert.Equal((to.Length, 0), (from.Position, from.Remaining));
        from.End();
    }

    [Theory]
    [InlineData(0ul, "00")]
    [InlineData(127ul, "7F")]
    [InlineData(128ul, "8001")]
    [InlineData(300ul, "AC02")]
    [InlineData(1ul << 63, "80808080808080808001")]
    [InlineData(ulong.MaxValue, "FFFFFFFFFFFFFFFFFF01")]
    public void VarUInt_AnyValue_HasTheGoldenBytesAndReadsBack(ulong value, string hex)
    {
        ByteWriter to = new();
        to.VarUInt(value);
        Assert.Equal(hex, Convert.ToHexString(to.Written));
        Assert.Equal(value, new ByteReader(to.Written).VarUInt());
    }

    [Theory]
    [InlineData(0L, "00")]
    [InlineData(-1L, "01")]
    [InlineData(1L, "02")]
    [InlineData(-65L, "8101")]
    [InlineData(long.MaxValue, "FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void VarInt_AnyValue_HasTheGoldenBytesAndReadsBack(long value, string hex)
    {
        ByteWriter to = new();
        to.VarInt(value);
        Assert.Equal(hex, Convert.ToHexString(to.Written));
        Assert.Equal(value, new ByteReader(to.Written).VarInt());
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFFF02")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF01")]
    public void VarUInt_MoreThan64Bits_IsCorrupt(string hex) => Assert.Equal(
        "a number before byte 10 has more than 64 bits",
        Thrown(hex, static (ref ByteReader from) => from.VarUInt()));

    [Fact]
    public void VarUInt_CutShort_IsCorrupt() => Assert.Equal(
        "1 bytes wanted at byte 2, where 0 are left", Thrown("8080", static (ref ByteReader from) => from.VarUInt()));

    [Fact]
    public void Bytes_LengthBeyondTheEnd_IsCorrupt() => Assert.Equal(
        "a length of 3 at byte 1, where 2 bytes are left", Thrown("030102", static (ref ByteReader from) => from.Bytes()));

    [Fact]
    public void Bytes_LengthBeyondAnyMemory_IsCorrupt() => Assert.Equal(
        "a length of 18446744073709551615 at byte 10, where 0 bytes are left",
        Thrown("FFFFFFFFFFFFFFFFFF01", static (ref ByteReader from) => from.Bytes()));

    [Fact]
    public void Bool_NeitherOfTwo_IsCorrupt() =>
        Assert.Equal("2 before byte 1, where 0 or 1 was expected", Thrown("02", static (ref ByteReader from) => from.Bool()));

    [Fact]
    public void Fixed_TooFewBytes_IsCorrupt()
    {
        Assert.Equal("4 bytes wanted at byte 0, where 3 are left", Thrown("010203", static (ref ByteReader from) => from.Fixed32()));
        Assert.Equal("8 bytes wanted at byte 0, where 3 are left", Thrown("010203", static (ref ByteReader from) => from.Fixed64()));
    }

    [Fact]
    public void End_BytesAreLeft_IsCorrupt() =>
        Assert.Equal("2 bytes are left over after byte 0", Thrown("0102", static (ref ByteReader from) => from.End()));

    private delegate void Reading(ref ByteReader from);

    private static string Thrown(string hex, Reading read) => Assert.Throws<CorruptDataException>(() =>
    {
        ByteReader from = new(Convert.FromHexString(hex));
        read(ref from);
    }).Message;
}
