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
        Assert.False(reader.Read(out _));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(" { } ")]
    public void Read_EmptyObject_ShowsNothing(string json)
    {
        JsonObjectReader reader = Open(json);
        Assert.False(reader.Read(out JsonMember member));
        Assert.True(member.RawName.IsEmpty && member.RawValue.IsEmpty);
    }

    [Theory]
    [InlineData("[1]", "expected a JSON object, got a value of kind Array")]
    [InlineData("{\"a\":1", "byte 6: expected ',' or '}'")]
    [InlineData("{\"a\":1,\"a\":2}", "byte 7: duplicate key")]
    [InlineData("{\"a\":{\"b\":1,\"\\u0062\":2}}", "byte 12: duplicate key")]
    public void Finish_NotAnObject_SaysWhy(string json, string expected)
    {
        JsonObjectReader reader = Open(json);
        Assert.False(reader.Finish(out string error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.False(reader.Read(out _));
    }

    [Theory]
    [InlineData("[{\"a\":1}]", 0)]
    [InlineData("{\"a\":1,\"b\":{\"c\":[}", 1)]
    [InlineData("{\"a\":1}{", 1)]
    public void Read_NotAnObject_EndsWhereItIsWrongAndFinishSaysSo(string json, int members)
    {
        JsonObjectReader reader = Open(json);
        Assert.Equal(members, Members(ref reader).Count);
        Assert.False(reader.Finish(out string error));
        Assert.NotEmpty(error);
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
        Assert.True(reader.Read(out JsonMember member));
        Assert.Equal(expected, member.NameIs(Encoding.UTF8.GetBytes(name)));
    }

    [Fact]
    public void Key_EscapedName_IsTheKeyOfTheString()
    {
        JsonObjectReader reader = Open("{\"\\u0061\":1}");
        Assert.True(reader.Read(out JsonMember member));
        Assert.Equal(KeyText.From(JsonText.Parse("\"a\"")), member.Key);
    }

    [Fact]
    public void TryEnter_NestedObject_ShowsItsMembersAndThenThoseBehindIt()
    {
        JsonObjectReader reader = Open("{\"skipped\":[{}],\"data\":{\"k\":1},\"n\":[2],\"last\":true}");
        Assert.True(reader.ReadName(out _));
        Assert.True(reader.ReadName(out JsonMember data) && data.NameIs("data"u8));
        Assert.True(reader.TryEnter());
        Assert.Equal(["\"k\"=1"], Members(ref reader));
        Assert.True(reader.ReadName(out JsonMember number) && number.NameIs("n"u8));
        Assert.False(reader.TryEnter());
        Assert.Equal(["\"last\"=true"], Members(ref reader));
        Assert.True(reader.Finish(out _));
    }

    [Fact]
    public void TryValue_MessageDeeperThanAValueMayBe_IsRefusedOnlyThere()
    {
        string deepest = new string('[', JsonLimits.DepthMax) + new string(']', JsonLimits.DepthMax);
        JsonObjectReader reader = Open($"{{\"good\":{deepest},\"bad\":[{deepest}]}}");

        Assert.True(reader.Read(out JsonMember good));
        Assert.True(good.TryValue(out JsonText value, out string error), error);
        Assert.Equal(deepest, value.ToString());
        Assert.True(reader.Read(out JsonMember bad));
        Assert.False(bad.TryValue(out _, out error));
        Assert.Equal("a value is nested deeper than 64 levels", error);
    }

    [Fact]
    public void Finish_MessageTooDeep_SaysSo()
    {
        string text = $"{{\"a\":{new string('[', JsonLimits.MessageDepthMax)}{new string(']', JsonLimits.MessageDepthMax)}}}";
        Assert.False(Open(text).Finish(out string error));
        Assert.EndsWith("nested deeper than 72 levels", error, StringComparison.Ordinal);
    }

    private static JsonObjectReader Open(string json) => JsonObjectReader.OfMessage(Encoding.UTF8.GetBytes(json));

    private static List<string> Members(ref JsonObjectReader reader)
    {
        var members = new List<string>();
        while (reader.Read(out JsonMember member))
            members.Add($"{Encoding.UTF8.GetString(member.RawName.Span)}={Encoding.UTF8.GetString(member.RawValue.Span)}");

        return members;
    }
}
