using System.Text;
using OrleansShards.Core.Json;

namespace OrleansShards.Tests.Core.Json;

public sealed class JsonObjectReaderTests
{
    [Fact]
    public void Read_Object_ShowsMembersInOrderAsTheyStand()
    {
        JsonObjectReader reader = Open(" { \"b\" : 1.0 ,\"\\u0061\":[ 1, {\"x\":\"}\\\"\"} ],\"\":\"t\" , \"n\":null} ");

        Assert.Equal(["\"b\"=1.0", "\"\\u0061\"=[ 1, {\"x\":\"}\\\"\"} ]", "\"\"=\"t\"", "\"n\"=null"], Members(ref reader));
        Assert.False(reader.Read());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(" { } ")]
    public void Read_EmptyObject_ShowsNothing(string json)
    {
        JsonObjectReader reader = Open(json);
        Assert.False(reader.Read());
        Assert.True(reader.RawName.IsEmpty && reader.RawValue.IsEmpty);
    }

    [Theory]
    [InlineData("[1]", "expected a JSON object, got a value of kind Array")]
    [InlineData("{\"a\":1", "byte 6: expected ',' or '}'")]
    [InlineData("{\"a\":1,\"a\":2}", "byte 7: duplicate key")]
    [InlineData("{\"a\":{\"b\":1,\"\\u0062\":2}}", "byte 12: duplicate key")]
    public void TryOpen_NotAnObject_SaysWhy(string json, string expected)
    {
        Assert.False(JsonObjectReader.TryOpen(Encoding.UTF8.GetBytes(json), out JsonObjectReader reader, out string error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.False(reader.Read());
    }

    [Fact]
    public void Constructor_CheckedText_ReadsObjectsOnly()
    {
        var reader = new JsonObjectReader(JsonText.Parse("{\"a\":true}"));

        Assert.Equal(["\"a\"=true"], Members(ref reader));
        Assert.Throws<ArgumentException>(() => new JsonObjectReader(JsonText.Parse("1")));
    }

    [Theory]
    [InlineData("{\"data\":1}", "data", true)]
    [InlineData("{\"d\\u0061ta\":1}", "data", true)]
    [InlineData("{\"d\\u0061tb\":1}", "data", false)]
    [InlineData("{\"dat\":1}", "data", false)]
    [InlineData("{\"dataset\":1}", "data", false)]
    public void NameIs_AnySpelling_ComparesTheContent(string json, string name, bool expected)
    {
        JsonObjectReader reader = Open(json);
        Assert.True(reader.Read());
        Assert.Equal(expected, reader.NameIs(Encoding.UTF8.GetBytes(name)));
    }

    [Fact]
    public void Key_EscapedName_IsTheKeyOfTheString()
    {
        JsonObjectReader reader = Open("{\"\\u0061\":1}");
        Assert.True(reader.Read());
        Assert.Equal(KeyText.From(JsonText.Parse("\"a\"")), reader.Key);
    }

    [Fact]
    public void TryOpenValue_NestedObject_IsReadWithoutBeingCheckedAgain()
    {
        JsonObjectReader reader = Open("{\"data\":{\"k\":1},\"n\":2}");
        Assert.True(reader.Read());
        Assert.True(reader.TryOpenValue(out JsonObjectReader inner));
        Assert.Equal(["\"k\"=1"], Members(ref inner));
        Assert.True(reader.Read());
        Assert.False(reader.TryOpenValue(out _));
    }

    [Fact]
    public void TryValue_MessageDeeperThanAValueMayBe_IsRefusedOnlyThere()
    {
        string deepest = new string('[', JsonLimits.DepthMax) + new string(']', JsonLimits.DepthMax);
        JsonObjectReader reader = Open($"{{\"good\":{deepest},\"bad\":[{deepest}]}}");

        Assert.True(reader.Read());
        Assert.True(reader.TryValue(out JsonText value, out string error), error);
        Assert.Equal(deepest, value.ToString());
        Assert.True(reader.Read());
        Assert.False(reader.TryValue(out _, out error));
        Assert.Equal("a value is nested deeper than 64 levels", error);
    }

    [Fact]
    public void TryOpen_MessageTooDeep_SaysSo()
    {
        string text = $"{{\"a\":{new string('[', JsonLimits.MessageDepthMax)}{new string(']', JsonLimits.MessageDepthMax)}}}";
        Assert.False(JsonObjectReader.TryOpen(Encoding.UTF8.GetBytes(text), out _, out string error));
        Assert.EndsWith("nested deeper than 72 levels", error, StringComparison.Ordinal);
    }

    private static JsonObjectReader Open(string json)
    {
        Assert.True(JsonObjectReader.TryOpen(Encoding.UTF8.GetBytes(json), out JsonObjectReader reader, out string error), error);
        return reader;
    }

    private static List<string> Members(ref JsonObjectReader reader)
    {
        var members = new List<string>();
        while (reader.Read())
        {
            members.Add($"{Encoding.UTF8.GetString(reader.RawName.Span)}={Encoding.UTF8.GetString(reader.RawValue.Span)}");
        }

        return members;
    }
}
