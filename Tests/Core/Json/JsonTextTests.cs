using System.Text;
using OrleansShards.Core.Json;

namespace OrleansShards.Tests.Core.Json;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData(" 1 ", "1")]
    [InlineData("\t\r\n{\"a\" : 1.50}\n", "{\"a\" : 1.50}")]
    [InlineData("\"\\u0041\"", "\"\\u0041\"")]
    [InlineData("-0", "-0")]
    [InlineData("\"\\ud800\"", "\"\\ud800\"")]
    [InlineData("[]", "[]")]
    [InlineData("{ }", "{ }")]
    [InlineData("[true,false , null]", "[true,false , null]")]
    [InlineData("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")]
    public void TryParse_ValidJson_KeepsTheTextAsItCame(string json, string expected)
    {
        Assert.True(JsonText.TryParse(Encoding.UTF8.GetBytes(json), out JsonText text, out string error), error);
        Assert.Equal(expected, text.ToString());
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("", "byte 0: the text ends where a value was expected")]
    [InlineData("  ", "byte 2: the text ends where a value was expected")]
    [InlineData("nul", "byte 0: expected a value")]
    [InlineData("x", "byte 0: expected a value")]
    [InlineData("NaN", "byte 0: expected a value")]
    [InlineData("1 2", "byte 2: expected the end of the text after the value")]
    [InlineData("01", "byte 1: expected the end of the text after the value")]
    [InlineData("-", "byte 1: bad number: expected a digit")]
    [InlineData("1.", "byte 2: bad number: expected a digit")]
    [InlineData("1.e1", "byte 2: bad number: expected a digit")]
    [InlineData("1e+", "byte 3: bad number: expected a digit")]
    [InlineData("+1", "byte 0: expected a value")]
    [InlineData("\"abc", "byte 4: the text ends inside the string that opens at byte 0")]
    [InlineData("\"a\\", "byte 2: bad escape")]
    [InlineData("\"\\x\"", "byte 1: bad escape")]
    [InlineData("\"\\u12g4\"", "byte 1: bad escape")]
    [InlineData("\"\\u12", "byte 1: bad escape")]
    [InlineData("\"a\nb\"", "byte 2: control character 0x0A in a string")]
    [InlineData("[1", "byte 2: expected ',' or ']'")]
    [InlineData("[1,]", "byte 3: expected a value")]
    [InlineData("[1 /*c*/]", "byte 3: expected ',' or ']'")]
    [InlineData("{\"a\":1,}", "byte 7: expected a property name in quotes")]
    [InlineData("{a:1}", "byte 1: expected a property name in quotes")]
    [InlineData("{", "byte 1: expected a property name in quotes")]
    [InlineData("{\"a", "byte 3: the text ends inside the string that opens at byte 1")]
    [InlineData("{\"a\"", "byte 4: expected ':'")]
    [InlineData("{\"a\":", "byte 5: the text ends where a value was expected")]
    [InlineData("{\"a\":1", "byte 6: expected ',' or '}'")]
    [InlineData("{\"a\":1,\"b\":2,\"a\":3}", "byte 13: duplicate key")]
    [InlineData("{\"a\":1,\"\\u0061\":2}", "byte 7: duplicate key")]
    [InlineData("[{\"x\":{\"a\":1,\"a\":2}}]", "byte 13: duplicate key")]
    [InlineData("{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":0,\"2\":0}", "byte 55: duplicate key")]
    public void TryParse_Malformed_SaysWhereAndWhy(string json, string expected)
    {
        Assert.False(JsonText.TryParse(Encoding.UTF8.GetBytes(json), out JsonText text, out string error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Equal(JsonKind.None, text.Kind);
    }

    [Theory]
    [InlineData(new byte[] { 0x22, 0x61, 0xFF, 0x22 }, 2)]
    [InlineData(new byte[] { 0x22, 0xED, 0xA0, 0x80, 0x22 }, 1)]
    [InlineData(new byte[] { 0x22, 0xC0, 0x80, 0x22 }, 1)]
    [InlineData(new byte[] { 0x22, 0xE2, 0x82 }, 1)]
    public void TryParse_BadUtf8_SaysWhere(byte[] json, int at)
    {
        Assert.False(JsonText.TryParse(json, out _, out string error));
        Assert.Equal($"byte {at}: not valid UTF-8", error);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public void TryParse_AtTheDepthLimit_AcceptsAndOneDeeperIsRefused(string open, string close)
    {
        Assert.True(JsonText.TryParse(Nested(open, close, JsonLimits.DepthMax), out _, out string none), none);
        Assert.False(JsonText.TryParse(Nested(open, close, JsonLimits.DepthMax + 1), out _, out string error));
        Assert.EndsWith("nested deeper than 64 levels", error, StringComparison.Ordinal);
        Assert.False(JsonText.TryParse(Nested(open, close, 1_000_000), out _, out _));
    }

    [Fact]
    public void TryWrap_ValidJson_SharesTheMemoryAndToOwnedDoesNot()
    {
        byte[] json = " [1] "u8.ToArray();
        Assert.True(JsonText.TryWrap(json, out JsonText wrapped, out _));
        JsonText owned = wrapped.ToOwned();

        json[2] = (byte)'2';

        Assert.Equal("[2]", wrapped.ToString());
        Assert.Equal("[1]", owned.ToString());
        Assert.False(JsonText.TryWrap("["u8.ToArray(), out _, out string error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Parse_Malformed_ThrowsWithTheReason()
    {
        FormatException thrown = Assert.Throws<FormatException>(() => JsonText.Parse("[1"));
        Assert.Contains("byte 2", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", JsonKind.Null)]
    [InlineData("true", JsonKind.Boolean)]
    [InlineData("false", JsonKind.Boolean)]
    [InlineData("-1", JsonKind.Number)]
    [InlineData("\"\"", JsonKind.String)]
    [InlineData("[]", JsonKind.Array)]
    [InlineData("{}", JsonKind.Object)]
    public void Kind_EachValue_IsTold(string json, JsonKind expected) => Assert.Equal(expected, JsonText.Parse(json).Kind);

    [Fact]
    public void Equals_SameValueOtherText_Differs()
    {
        JsonText one = JsonText.Parse("1");

        Assert.True(one == JsonText.Parse(" 1") && one.Equals((object)JsonText.Parse("1")));
        Assert.True(one != JsonText.Parse("1.0") && !one.Equals("1"));
        Assert.Equal(one.GetHashCode(), JsonText.Parse("1").GetHashCode());
    }

    [Theory]
    [InlineData("7", true, 7)]
    [InlineData("7.0", true, 7)]
    [InlineData("-70e-1", true, -7)]
    [InlineData("9223372036854775807", true, long.MaxValue)]
    [InlineData("-9223372036854775808", true, long.MinValue)]
    [InlineData("9223372036854775808", false, 0)]
    [InlineData("7.5", false, 0)]
    [InlineData("1e60", false, 0)]
    [InlineData("\"7\"", false, 0)]
    public void TryReadInt64_Value_IsReadByValue(string json, bool expected, long number)
    {
        Assert.Equal(expected, JsonText.Parse(json).TryReadInt64(out long read));
        Assert.Equal(number, expected ? read : 0);
    }

    [Theory]
    [InlineData("\"\"", "")]
    [InlineData("\"é😀\"", "é😀")]
    [InlineData("\"a\\u0062\\n\\ud83d\\ude00c\"", "ab\n😀c")]
    [InlineData("\"\\b\\f\\r\\t\\/\\\"\\\\\"", "\b\f\r\t/\"\\")]
    [InlineData("1", null)]
    public void TryReadString_Value_IsUnescaped(string json, string? expected)
    {
        Assert.Equal(expected is not null, JsonText.Parse(json).TryReadString(out string content));
        Assert.Equal(expected ?? "", content);
    }

    [Fact]
    public void TryReadString_LoneSurrogate_StaysOne()
    {
        Assert.True(JsonText.Parse("\"a\\ud800\"").TryReadString(out string content));
        Assert.Equal("a\ud800", content);
    }

    private static byte[] Nested(string open, string close, int depth) => Encoding.UTF8.GetBytes(
        string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth)));
}
