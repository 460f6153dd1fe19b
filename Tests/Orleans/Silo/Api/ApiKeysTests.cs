using System.Net;
using OrleansShards.Silo.Api;

namespace OrleansShards.Tests.Orleans.Silo.Api;

/// <summary>Keys by HTTP: any JSON, with the protocol's codes; and the file of bearer keys.</summary>
public sealed class ApiKeysTests(ApiSilo silo)
{
    [Fact]
    public async Task Keys_WrittenReadComparedAndDeleted_HaveTheProtocolsCodes()
    {
        using ApiClient api = await silo.ClientAsync();
        const string Key = "/api/v1/keys/keys%20test";
        (await api.GetAsync(Key)).IsProblem(HttpStatusCode.NotFound, 20, "the key does not exist");
        Assert.Equal("keys test", (await api.PutAsync(Key, """{ "a" : 1.0 }""")).IsDone().GetProperty("key").GetString());
        Assert.Contains("""{ "a" : 1.0 }""", (await api.GetAsync(Key)).Text, StringComparison.Ordinal);
        (await api.PostAsync(Key, """{"from":2,"to":3}""")).IsProblem(HttpStatusCode.Conflict, 22, "the present value");
        (await api.PostAsync(Key, """{"from":{"a":1},"to":3}""")).IsDone();
        Assert.Equal("3", (await api.GetAsync(Key)).Field("value"));
        (await api.SendAsync(HttpMethod.Delete, Key, null)).IsDone();
        (await api.SendAsync(HttpMethod.Delete, Key, null)).IsProblem(HttpStatusCode.NotFound, 20, "the key does not exist");
        (await api.PostAsync(Key, """{"from":0,"to":null,"create_if_not_exists":true}""")).IsDone();
        Assert.Contains("\"value\":null", (await api.GetAsync(Key)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_OfEveryKind_AreWhatWasMeant()
    {
        using ApiClient api = await silo.ClientAsync();
        await api.PutAsync("/api/v1/keys/a%2Fb", "1");
        Assert.Equal("1", (await api.GetAsync("/api/v1/keys/a/b")).Field("value"));
        (await api.GetAsync("/api/v1/keys/a%252Fb")).IsProblem(HttpStatusCode.NotFound, 20, "");
        await api.PutAsync("/api/v1/keys/7?json=true", "2");
        Assert.Equal("2", (await api.GetAsync("/api/v1/keys/7.0?json=true")).Field("value"));
        (await api.GetAsync("/api/v1/keys/7")).IsProblem(HttpStatusCode.NotFound, 20, "");
    }

    [Fact]
    public async Task Keys_InASession_AreCarriedOutOnce()
    {
        using ApiClient api = await silo.ClientAsync();
        const string Write = "/api/v1/keys/session-test?client_id=api&seq=1";
        await api.PutAsync(Write, "1");
        await api.PutAsync("/api/v1/keys/session-test", "2");
        (await api.PutAsync(Write, "1")).IsDone();
        Assert.Equal("2", (await api.GetAsync("/api/v1/keys/session-test")).Field("value"));
    }

    [Theory]
    [InlineData("PUT", "/api/v1/keys/x", "{", "the body is no JSON value")]
    [InlineData("PUT", "/api/v1/keys/x?seq=1", "1", "the field \"client_id\" is missing")]
    [InlineData("PUT", "/api/v1/keys/x?shard=16", "1", "expected an integer from 0 to 15")]
    [InlineData("PUT", "/api/v1/keys/", "1", "the key is empty")]
    [InlineData("PUT", "/api/v1/keys/x?json=true", "1", "the key is no JSON value")]
    [InlineData("POST", "/api/v1/keys/x", """{"from":1}""", "the field \"to\" is missing; expected any JSON value")]
    [InlineData("POST", "/api/v1/keys/x", """{"from":1,"to":2,"more":3}""", "the field \"more\" is not known")]
    [InlineData("POST", "/api/v1/keys/x", "7", "the body is no JSON object")]
    public async Task Keys_AskedForWrongly_AreToldWhat(string method, string path, string body, string text)
    {
        using ApiClient api = await silo.ClientAsync();
        (await api.SendAsync(new HttpMethod(method), path, body)).IsProblem(HttpStatusCode.BadRequest, 12, text);
    }

    [Fact]
    public async Task Keys_TooLong_AreRefusedAsEverywhere()
    {
        using ApiClient api = await silo.ClientAsync();
        string value = $"\"{new string('x', 2 << 20)}\"";
        (await api.PutAsync("/api/v1/keys/large", value)).IsProblem(HttpStatusCode.BadRequest, 12, "value-bytes-max");
    }

    [Theory]
    [InlineData("alice admin", "line 1 of *: has 2 words")]
    [InlineData("# none", "has no key; expected lines NAME ROLE KEY")]
    [InlineData("alice root 0123456789abcdef0123", "expected read, write or admin")]
    [InlineData("alice admin short", "the key of alice has 5 characters; expected 20 or more")]
    [InlineData("al/ice admin 0123456789abcdef0123", "the name is wrong")]
    [InlineData("a read 0123456789abcdef0123\na admin 3210fedcba9876543210", "a has a key already")]
    public void Load_OfAWrongFile_SaysWhatAndNoKey(string content, string text)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, content);
            string said = Assert.Throws<FormatException>(() => ApiKeys.Load(file)).Message;
            Assert.Contains(text.Replace("of *: ", $"of {file} ", StringComparison.Ordinal), said, StringComparison.Ordinal);
            Assert.DoesNotContain("0123456789", said, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
