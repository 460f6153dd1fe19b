using OrleansShards.Core.Json;

namespace OrleansShards.Tests.Core.Json;

public sealed class ShardHashTests
{
    /// <summary>
    /// Data lies where these values say: they may never change, whatever else does. The keys are written in their
    /// canonical form, and the hashes were computed from those bytes by another implementation of XXH64.
    /// </summary>
    [Theory]
    [InlineData("0", 0x633457081244AFEC, 12, 28)]
    [InlineData("1", 0xB7B41276360564D4, 4, 420)]
    [InlineData("2", 0x6021B5621680598B, 11, 251)]
    [InlineData("17", 0x3EA90DA193231260, 0, 856)]
    [InlineData("-1", 0x3D62C7C8A7A6E2D8, 8, 128)]
    [InlineData("0.5", 0x1DC89AF31B8D1B23, 3, 131)]
    [InlineData("1e100", 0x87392C6CE67F4EEE, 14, 822)]
    [InlineData("123456789012345678901234567890", 0xD74D73D5F92C834C, 12, 20)]
    [InlineData("\"\"", 0xC1CDE9DEBA5A60FB, 11, 891)]
    [InlineData("\"a\"", 0x5271BC5453102389, 9, 233)]
    [InlineData("\"1\"", 0x55CA010E40F3398E, 14, 798)]
    [InlineData("\"foo\"", 0x21218BB90117821B, 11, 11)]
    [InlineData("\"user:1234\"", 0x20DA9AC8AD659D9B, 11, 515)]
    [InlineData("\"é\"", 0x35B1ADADF374935D, 13, 565)]
    [InlineData("\"😀\"", 0x9F76125EF0886B27, 7, 191)]
    [InlineData("\"\\n\\\"\"", 0xE441BCA634008621, 1, 641)]
    [InlineData("\"\\ud800\"", 0x96EAF5332E46C9F0, 0, 272)]
    [InlineData("null", 0x3EC9E10063179F3A, 10, 962)]
    [InlineData("true", 0xD7C9B97948142E4A, 10, 594)]
    [InlineData("false", 0x6D3F99CCC0C03A7A, 10, 818)]
    [InlineData("[]", 0xCCAB0B28617F1F56, 6, 542)]
    [InlineData("{}", 0x2E1472B57AF294D1, 1, 377)]
    [InlineData("[1,2,3]", 0xF9C8424383E1C6F1, 1, 137)]
    [InlineData("[1,[2,[3,{}]]]", 0x23DBC5B3DA49FCE4, 4, 236)]
    [InlineData("{\"a\":{\"b\":[1,\"x\",null]},\"c\":0.5}", 0x4DFBC577056AAFF5, 5, 765)]
    [InlineData("{\"ключ\":\"值\"}", 0x4028F17F9310D4BB, 11, 539)]
    public void ShardOf_GoldenKeys_NeverChanges(string json, ulong hash, int of16, int of1000)
    {
        KeyText key = KeyText.From(JsonText.Parse(json));

        Assert.Equal((hash, of16, of1000), (key.Hash, ShardHash.ShardOf(key, 16), ShardHash.ShardOf(key, 1000)));
    }

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("\"A\"", "\"\\u0041\"")]
    [InlineData("{\"a\":1,\"b\":2}", "{ \"b\":2e0, \"a\":1 }")]
    public void ShardOf_SameValueOtherText_IsTheSameShard(string a, string b) => Assert.Equal(
        ShardHash.ShardOf(KeyText.From(JsonText.Parse(a)), 1 << 30),
        ShardHash.ShardOf(KeyText.From(JsonText.Parse(b)), 1 << 30));

    [Fact]
    public void ShardOf_ManyKeys_SpreadsThemEvenly()
    {
        int[] keys = new int[16];
        for (int key = 0; key < 16_000; key++)
            keys[ShardHash.ShardOf(KeyText.From(JsonText.Parse($"{key}")), 16)]++;

        Assert.All(keys, count => Assert.InRange(count, 880, 1120));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void ShardOf_NoShards_IsRefused(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ShardHash.ShardOf(KeyText.From(JsonText.Parse("1")), count));
}
