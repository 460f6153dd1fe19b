using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using OrleansShards.Tests.House;

namespace OrleansShards.Tests.Orleans.Silo.Api;

/// <summary>What the API says of a cluster, and of itself.</summary>
public sealed partial class ApiStatusTests(ApiSilo silo)
{
    [Fact]
    public async Task Cluster_OfOneSilo_HasMastersAndWhatAFailoverTakes()
    {
        using ApiClient api = await silo.ClientAsync();
        JsonElement cluster = await api.UntilAsync(
            "/api/v1/cluster", static cluster => cluster.GetProperty("failover").GetProperty("possible").GetBoolean());

        Assert.Equal("n1", cluster.GetProperty("primary").GetString());
        Assert.Equal(16, cluster.GetProperty("shards").GetInt32());
        Assert.Equal(0, cluster.GetProperty("problems").GetArrayLength());
        JsonElement[] masters = [.. cluster.GetProperty("masters").EnumerateArray()];
        Assert.Equal(["n1:primary", "n2:shadow"], masters.Select(static one => $"{one.GetProperty("name")}:{one.GetProperty("role")}"));
        Assert.All(masters, static one => Assert.NotEqual(0UL, one.GetProperty("log_index").GetUInt64()));
        Assert.Equal(JsonValueKind.Null, masters[0].GetProperty("lag_entries").ValueKind);
        Assert.Equal(JsonValueKind.Number, masters[1].GetProperty("lag_bytes").ValueKind);
        JsonElement up = Assert.Single(cluster.GetProperty("silos").EnumerateArray());
        Assert.Equal(up.GetProperty("name").GetString(), cluster.GetProperty("silo").GetString());
        Assert.All(masters, one => Assert.Equal(up.GetProperty("name").GetString(), one.GetProperty("silo").GetString()));
        Assert.Equal(10_000, cluster.GetProperty("failover").GetProperty("detect_ms").GetInt32());
        Assert.Contains("n2 takes over", cluster.GetProperty("failover").GetProperty("why").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shards_AfterWrites_HaveWhatTheirOwnersSay()
    {
        using ApiClient api = await silo.ClientAsync();
        string number = (await api.PutAsync("/api/v1/keys/shards-test?shard=13", "[1,2]")).IsDone().GetProperty("shard").ToString();
        JsonElement shard = (await api.GetAsync($"/api/v1/shards/{number}")).IsDone();

        Assert.Equal("serving", shard.GetProperty("phase").GetString());
        Assert.True(shard.GetProperty("keys").GetInt64() >= 1);
        Assert.True(shard.GetProperty("bytes").GetInt64() >= 5);
        Assert.True(shard.GetProperty("sessions").GetInt64() >= 1);
        Assert.NotEqual(0UL, shard.GetProperty("epoch").GetUInt64());
        JsonElement again = await api.UntilAsync(
            $"/api/v1/shards/{number}", static one => one.GetProperty("requests_per_second").ValueKind == JsonValueKind.Number);
        Assert.True(again.GetProperty("requests_per_second").GetDouble() >= 0);

        JsonElement all = (await api.GetAsync("/api/v1/shards?from=14&limit=5")).IsDone();
        Assert.Equal([14, 15], all.GetProperty("shards").EnumerateArray().Select(static one => one.GetProperty("shard").GetInt32()));
        JsonElement map = (await api.GetAsync("/api/v1/map")).IsDone();
        Assert.Equal(
            shard.GetProperty("gid").GetString(), map.GetProperty("shards").GetProperty(number).GetString());
    }

    [Fact]
    public async Task GroupsStoreAndHistory_OfOneSilo_AreWhole()
    {
        using ApiClient api = await silo.ClientAsync();
        JsonElement groups = await api.UntilAsync("/api/v1/groups", static groups => groups.GetProperty("groups").EnumerateArray().All(
            static one => one.GetProperty("last_heartbeat_ms").ValueKind == JsonValueKind.Number));
        Assert.All(groups.GetProperty("groups").EnumerateArray(), static one =>
        {
            Assert.True(one.GetProperty("member").GetBoolean());
            Assert.Equal(1, one.GetProperty("silos").GetArrayLength());
        });
        JsonElement store = (await api.GetAsync("/api/v1/store")).IsDone();
        Assert.Equal("sqlite True", $"{store.GetProperty("kind")} {store.GetProperty("ok")}");
        Assert.True(store.GetProperty("read_ms").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Null, store.GetProperty("last_error").ValueKind);
        Assert.Equal(JsonValueKind.Array, (await api.GetAsync("/api/v1/history")).IsDone().GetProperty("events").ValueKind);
    }

    [Fact]
    public async Task Requests_ThatAreWrong_AreToldWhat()
    {
        using ApiClient api = await silo.ClientAsync();
        (await api.GetAsync("/api/v1/nothing")).IsProblem(HttpStatusCode.NotFound, 10, "GET /api/v1/nothing");
        (await api.PostAsync("/api/v1/cluster")).IsProblem(HttpStatusCode.NotFound, 10, "POST /api/v1/cluster");
        (await api.GetAsync("/api/v1/shards/16")).IsProblem(HttpStatusCode.NotFound, 1, "0 to 15");
        (await api.GetAsync("/api/v1/map?epoch=999999")).IsProblem(HttpStatusCode.Conflict, 22, "still to come");
    }

    [Theory]
    [InlineData("shards/abc", "the parameter \"shard\" is abc; expected an integer from 0 to 2147483647")]
    [InlineData("shards/-1", "the parameter \"shard\" is -1; expected an integer from 0 to 2147483647")]
    [InlineData("shards?limit=x", "the parameter \"limit\" is x; expected an integer from 0 to 2147483647")]
    [InlineData("shards?from=", "the parameter \"from\" is ; expected an integer from 0 to 2147483647")]
    [InlineData("history?limit=1.5", "the parameter \"limit\" is 1.5; expected an integer from 0 to 2147483647")]
    [InlineData("map?epoch=-1", "the parameter \"epoch\" is -1; expected an integer, 0 or more")]
    [InlineData("keys/a?json=maybe", "the field \"json\" is maybe; expected true or false")]
    public async Task Parameters_ThatAreWrong_AreNamedWithWhatIsExpected(string path, string text)
    {
        using ApiClient api = await silo.ClientAsync();
        (await api.GetAsync($"/api/v1/{path}")).IsProblem(HttpStatusCode.BadRequest, 12, text);
    }

    [Fact]
    public async Task Routes_OfTheDescription_AreInTheDocsAndTheOtherWayRound()
    {
        using ApiClient api = await silo.ClientAsync();
        string docs = File.ReadAllText(Path.Combine(Repository.Root, "docs", "api.md"));
        JsonElement paths = (await api.GetAsync("/openapi/v1.json")).IsDone().GetProperty("paths");
        string[] described =
        [
            .. from path in paths.EnumerateObject()
               from method in path.Value.EnumerateObject()
               select path.Name.Contains("/actions/", StringComparison.Ordinal)
                   ? path.Name
                   : $"{method.Name.ToUpperInvariant()} {path.Name}",
        ];
        string[] documented = [.. Rows().Matches(docs).Select(static row => row.Groups["route"].Value)];

        Assert.NotEmpty(described);
        Assert.Equal(described.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Description_NamesFieldsAsTheAnswersDo()
    {
        using ApiClient api = await silo.ClientAsync();
        string description = (await api.GetAsync("/openapi/v1.json")).Text;
        string[] names = ["last_heartbeat_ms", "wal_entries_replayed", "target_gid", "failed_master", "create_if_not_exists"];
        foreach (string name in names)
            Assert.Contains($"\"{name}\"", description, StringComparison.Ordinal);

        ApiAnswer page = await api.GetAsync("/openapi/index.html");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Status, page.Type));
        Assert.DoesNotContain("https://", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_AtFirst_HaveEverything()
    {
        using ApiClient api = await silo.ClientAsync();
        foreach (string name in new[] { "cluster", "groups", "moves", "map", "history" })
            await api.UntilEventAsync(name, static _ => true);
    }

    [GeneratedRegex(@"^\| `(?<route>(GET |PUT |POST |DELETE )?/api/v1/[^`]+)`", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
