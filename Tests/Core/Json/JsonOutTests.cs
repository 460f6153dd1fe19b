using System.Buffers;
using System.Text;
using System.Text.Json;
using OrleansShards.Core.Json;

namespace OrleansShards.Tests.Core.Json;

public sealed class JsonOutTests
{
    [Fact]
    public void Write_EveryKind_PutsTheCommasWhereTheyBelong()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var json = new JsonOut(buffer);
        json.BeginObject();
        json.Name("type"u8);
        json.WriteString("read_ok");
        json.Name("a\"b");
        json.BeginArray();
        json.WriteNumber(long.MinValue);
        json.WriteBoolean(true);
        json.WriteBoolean(false);
        json.WriteNull();
        json.BeginObject();
        json.EndObject();
        json.BeginArray();
        json.EndArray();
        json.EndArray();
        json.RawName("\"\\u0061\""u8);
        json.WriteRaw(JsonText.Parse("1.50"));
        json.EndObject();

        Assert.Equal(
            """{"type":"read_ok","a\"b":[-9223372036854775808,true,false,null,{},[]],"\u0061":1.50}""",
            Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("é😀\u2028\uffff<>&\u007f/", "\"é😀\u2028\uffff<>&\u007f/\"")]
    [InlineData("\"\\\b\f\n\r\t\0\u001f", "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\"")]
    public void WriteString_Content_EscapesOnlyWhatMustBe(string content, string expected) =>
        AssertWritten(content, expected);

    // Not among the above: an attribute's text is kept as UTF-8, which has no lone surrogates.
    [Fact]
    public void WriteString_LoneSurrogates_AreEscaped()
    {
        AssertWritten("a\ud800b\udc00", "\"a\\ud800b\\udc00\"");
        AssertWritten("\ud83d", "\"\\ud83d\"");
    }

    private static void AssertWritten(string content, string expected)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new JsonOut(buffer).WriteString(content);

        Assert.Equal(expected, Encoding.UTF8.GetString(buffer.WrittenSpan));
        Assert.True(JsonText.TryParse(buffer.WrittenSpan, out JsonText text, out string error), error);
        Assert.True(text.TryReadString(out string again));
        Assert.Equal(content, again);
    }

    [Fact]
    public void WriteString_LongText_IsReadBackByAnotherParser()
    {
        string content = string.Concat(Enumerable.Repeat("plain text, \"quoted\" — 😀\n", 4000));
        var buffer = new ArrayBufferWriter<byte>();
        new JsonOut(buffer).WriteString(content);

        Assert.Equal(content, JsonSerializer.Deserialize<string>(buffer.WrittenSpan));
    }
}
