using System.Text;
using OrleansShards.Core.Bytes;

namespace OrleansShards.Tests.Core.Bytes;

public sealed class Crc32CTests
{
    /// <summary>RFC 3720, B.4, and the check value of the catalogue of parametrised CRC algorithms.</summary>
    [Theory]
    [InlineData("", 0u)]
    [InlineData("313233343536373839", 0xE3069283u)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", 0x8A9136AAu)]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", 0x62A8AB43u)]
    [InlineData("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", 0x46DD794Eu)]
    public void Append_PublishedVector_HasThePublishedChecksum(string hex, uint expected) =>
        Assert.Equal(expected, Crc32C.Append(0, Convert.FromHexString(hex)));

    [Fact]
    public void Append_InAnyTwoParts_IsThatOfTheWhole()
    {
        byte[] bytes = Encoding.ASCII.GetBytes("a text of some thirty letters.");
        Assert.All(Enumerable.Range(0, bytes.Length + 1), cut =>
            Assert.Equal(Crc32C.Append(0, bytes), Crc32C.Append(Crc32C.Append(0, bytes.AsSpan(0, cut)), bytes.AsSpan(cut))));
    }

    /// <summary>The slow definition, bit by bit.</summary>
    [Fact]
    public void Append_AnyLength_IsThatOfTheDefinition()
    {
        Random random = new(1);
        for (int length = 0; length < 70; length++)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            Assert.Equal(Defined(bytes), Crc32C.Append(0, bytes));
        }
    }

    private static uint Defined(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82F63B78;
        }

        return ~crc;
    }
}
