using OrleansShards.Core.Json;

namespace OrleansShards.Tests.Core.Json;

public sealed class StableHashTests
{
    private const ulong Prime32 = 2654435761;

    /// <summary>The buffer and values of the reference implementation's own sanity check (xxHash, XXH64).</summary>
    [Theory]
    [InlineData(0, 0, 0xEF46DB3751D8E999)]
    [InlineData(0, Prime32, 0xAC75FDA2929B17EF)]
    [InlineData(1, 0, 0xE934A84ADB052768)]
    [InlineData(1, Prime32, 0x5014607643A9B4C3)]
    [InlineData(4, 0, 0x9136A0DCA57457EE)]
    [InlineData(14, 0, 0x8282DCC4994E35C8)]
    [InlineData(14, Prime32, 0xC3BD6BF63DEB6DF0)]
    [InlineData(222, 0, 0xB641AE8CB691C174)]
    [InlineData(222, Prime32, 0x20CB8AB7AE10C14A)]
    public void Of_ReferenceBuffer_GivesTheReferenceValue(int length, ulong seed, ulong expected)
    {
        Assert.Equal(expected, StableHash.Of(SanityBuffer(length), seed));
    }

    [Theory]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("1234", 0xD8316E61D84F6BA4)]
    [InlineData("12345678", 0xD2D02F08CF7CFD4A)]
    [InlineData("123456789012345", 0xC377D78ADE001A3C)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void Of_KnownText_GivesThePublishedValue(string text, ulong expected)
    {
        Assert.Equal(expected, StableHash.Of(System.Text.Encoding.ASCII.GetBytes(text)));
    }

    private static byte[] SanityBuffer(int length)
    {
        var buffer = new byte[length];
        ulong generator = Prime32;
        for (int at = 0; at < length; at++)
        {
            buffer[at] = (byte)(generator >> 56);
            generator *= 11400714785074694797;
        }

        return buffer;
    }
}
