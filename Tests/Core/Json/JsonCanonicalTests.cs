using System.Text;
using OrleansShards.Core.Json;

namespace OrleansShards.Tests.Core.Json;

public sealed class JsonCanonicalTests
{
    private const string Zeros40 = "0000000000000000000000000000000000000000";

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.00e5", "0")]
    [InlineData("0e99999999999999999999999", "0")]
    [InlineData("1.0", "1")]
    [InlineData("10e-1", "1")]
    [InlineData("1e0", "1")]
    [InlineData("1E+2", "100")]
    [InlineData("-1200", "-1200")]
    [InlineData("0.5", "0.5")]
    [InlineData("-0.50", "-0.5")]
    [InlineData("5e-2", "0.05")]
    [InlineData("123e-2", "1.23")]
    [InlineData("123e-3", "0.123")]
    [InlineData("0.00120e1", "0.012")]
    [InlineData("1e40", "1" + Zeros40)]
    [InlineData("1e41", "1e41")]
    [InlineData("1" + Zeros40 + "0", "1e41")]
    [InlineData("12e-41", "12e-41")]
    [InlineData("0." + Zeros40 + "12", "12e-42")]
    [InlineData("0." + Zeros40 + "0120", "12e-43")]
    [InlineData("1e999999999", "1e999999999")]
    [InlineData("-10e-1000000000", "-1e-999999999")]
    [InlineData("12.5e+00999999999999999999", "125e999999999999999998")]
    [InlineData("1e9999999999999999999", "1e9999999999999999999")]
    [InlineData("10e9999999999999999999", "1e10000000000000000000")]
    [InlineData("0.1e1000000000000000000", "1e999999999999999999")]
    [InlineData("0.1e10000000000000000000", "1e9999999999999999999")]
    [InlineData("100e-10000000000000000001", "1e-9999999999999999999")]
    [InlineData("0.01e-99999999999999999999", "1e-100000000000000000001")]
    [InlineData("123456789012345678901234567890123456789012345678901", "123456789012345678901234567890123456789012345678901")]
    public void Of_Number_IsNormalised(string json, string expected) => AssertCanonical(json, expected);

    [Theory]
    [InlineData("\"\\u0041\\/\"", "\"A/\"")]
    [InlineData("\"\\\"\\\\\"", "\"\\\"\\\\\"")]
    [InlineData("\"\\u000a\\u0008\\u000C\\u000d\\u0009\\u001F\"", "\"\\n\\b\\f\\r\\t\\u001f\"")]
    [InlineData("\"\\u007f\\u00e9\\u2028\\uffff\"", "\"\u007fé\u2028\uffff\"")]
    [InlineData("\"\\uD83D\\uDE00\"", "\"😀\"")]
    [InlineData("\"\\uD83D\"", "\"\\ud83d\"")]
    [InlineData("\"\\uDE00\\uD83D\"", "\"\\ude00\\ud83d\"")]
    [InlineData("\"\\ud83d\\ud83d\\ude00\"", "\"\\ud83d😀\"")]
    [InlineData("\"\\ud83d\\n\"", "\"\\ud83d\\n\"")]
    [InlineData("\"\\ud83dx\"", "\"\\ud83dx\"")]
    public void Of_String_IsItsContent(string json, string expected) => AssertCanonical(json, expected);

    [Theory]
    [InlineData(" [ 1.0 , [ ] , { } ] ", "[1,[],{}]")]
    [InlineData("{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}")]
    [InlineData("{\"a!\":1,\"a\":2, \"\":3}", "{\"\":3,\"a\":2,\"a!\":1}")]
    [InlineData("{\"\\u0062\":{\"d\":1,\"c\":[true,null]},\"a\":false}", "{\"a\":false,\"b\":{\"c\":[true,null],\"d\":1}}")]
    [InlineData("{\"é\":1,\"z\":2,\"😀\":3}", "{\"z\":2,\"é\":1,\"😀\":3}")]
    public void Of_Container_HasOneSpelling(string json, string expected) => AssertCanonical(json, expected);

    [Theory]
    [InlineData("1", true)]
    [InlineData("-120", true)]
    [InlineData("0.5", true)]
    [InlineData("\"é\"", true)]
    [InlineData("null", true)]
    [InlineData("true", true)]
    [InlineData("[]", true)]
    [InlineData("{}", true)]
    [InlineData("-0", false)]
    [InlineData("1.0", false)]
    [InlineData("1e2", false)]
    [InlineData("\"\\n\"", false)]
    [InlineData("[1]", false)]
    [InlineData("{\"a\":1}", false)]
    [InlineData("", false)]
    public void IsCanonical_Value_IsQuickAndNeverWrong(string json, bool expected) =>
        Assert.Equal(expected, JsonCanonical.IsCanonical(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("1", "1.0", true)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("0", "-0", true)]
    [InlineData("\"a\"", "\"b\"", false)]
    [InlineData("\"a\"", "\"\\u0061\"", true)]
    [InlineData("\"\u00e9\"", "\"e\u0301\"", false)]
    [InlineData("\"\\ud800\"", "\"\\uD800\"", true)]
    [InlineData("\"\\ud800\"", "\"\\ufffd\"", false)]
    [InlineData("1e999999999", "10e999999998", true)]
    [InlineData("1e999999999", "1e999999998", false)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("0.1", "0.1000000000000000000000000000000000000000000001", false)]
    [InlineData("[1,2]", "[2,1]", false)]
    [InlineData("{\"a\":1,\"b\":2}", " { \"b\" : 2.0 , \"a\" : 1 } ", true)]
    [InlineData("{\"a\":1}", "{\"a\":1,\"b\":2}", false)]
    [InlineData("null", "false", false)]
    [InlineData("[]", "{}", false)]
    public void Equal_Pair_ComparesAsJsonValues(string a, string b, bool expected)
    {
        Assert.Equal(expected, JsonCanonical.Equal(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b)));
        Assert.Equal(expected, JsonCanonical.Equal(JsonText.Parse(b), JsonText.Parse(a)));
    }

    [Fact]
    public void Of_NotJson_IsRefusedByName()
    {
        ArgumentException thrown = Assert.Throws<ArgumentException>(() => JsonCanonical.Of("[1"u8));
        Assert.Contains("byte 2", thrown.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => JsonCanonical.Equal("[1"u8, "[1]"u8));
    }

    [Fact]
    public void Of_CanonicalText_IsNotCopied()
    {
        JsonText key = JsonText.Parse("\"user:17\"");
        Assert.True(JsonCanonical.Of(key).Equals(key.Utf8));
    }

    [Fact]
    public void Of_LargeObject_IsSorted()
    {
        IEnumerable<int> numbers = Enumerable.Range(0, 5000);
        string json = $"{{{string.Join(',', numbers.Select(n => $"\"{n * 7919 % 5000:D4}\":{n}e1"))}}}";
        string canonical = Encoding.UTF8.GetString(JsonCanonical.Of(Encoding.UTF8.GetBytes(json)));

        Assert.StartsWith("{\"0000\":0,\"0001\":", canonical, StringComparison.Ordinal);
        Assert.Equal(canonical.Length, Encoding.UTF8.GetBytes(canonical).Length);
    }

    private static void AssertCanonical(string json, string expected)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(json);

        Assert.Equal(expected, Encoding.UTF8.GetString(JsonCanonical.Of(utf8)));
        Assert.Equal(expected, Encoding.UTF8.GetString(JsonCanonical.Of(JsonText.Parse(json)).Span));
        Assert.Equal(expected, Encoding.UTF8.GetString(JsonCanonical.Of(Encoding.UTF8.GetBytes(expected))));
    }
}
