using System.Net;
using System.Text.Json;

namespace OrleansShards.Tests.Orleans.Silo.Api;

/// <summary>An operator's actions by HTTP: their plans change nothing, and they can be followed to their end.</summary>
public sealed class ApiActionsTests(ApiSilo silo)
{
    // Copied so slowly, a few megabytes last until the test has done what it wants.
    private static readonly string[] Slowly = ["--move-bytes-per-second", "65536"];

    [Fact]
    public async Task Migrate_PlannedDoneAndUndone_IsSeenFromBeginToEnd()
    {
        using ApiClient api = await silo.ClientAsync();
        JsonElement written = (await api.PutAsync("/api/v1/keys/migrate-test?shard=7", "1")).IsDone();
        int shard = written.GetProperty("shard").GetInt32();
        string source = (await api.GetAsync($"/api/v1/shards/{shard}")).Field("gid");
        string target = source == "n3" ? "n1" : "n3";
        string body = $$"""{"shard":{{shard}},"target_gid":"{{target}}"}""";

        JsonElement plan = (await api.ActAsync("migrate", body, plan: true)).IsDone();
        JsonElement planned = Assert.Single(plan.GetProperty("moves").EnumerateArray());
        Assert.Equal($"{source} {target}", $"{planned.GetProperty("source_gid")} {planned.GetProperty("target_gid")}");
        Assert.Equal(source, (await api.GetAsync($"/api/v1/shards/{shard}")).Field("gid"));

        (await api.ActAsync("migrate", body)).IsDone();
        JsonElement moved = await FinishedAsync(api, shard, target);
        Assert.Equal("committed", moved.GetProperty("phase").GetString());
        Assert.True(moved.GetProperty("at").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddHours(-1));
        Assert.True(moved.GetProperty("undo_until").GetDateTimeOffset() > moved.GetProperty("at").GetDateTimeOffset());
        Assert.True(moved.GetProperty("keys").GetInt64() >= 1);
        Assert.Equal(JsonValueKind.String, moved.GetProperty("move").ValueKind);

        JsonElement back = (await api.ActAsync("undo", $$"""{"shard":{{shard}}}""", plan: true)).IsDone();
        Assert.Equal(source, Assert.Single(back.GetProperty("moves").EnumerateArray()).GetProperty("target_gid").GetString());
        (await api.ActAsync("undo", $$"""{"shard":{{shard}}}""")).IsDone();
        JsonElement undone = await FinishedAsync(api, shard, source);
        Assert.Equal(moved.GetProperty("move").GetString(), undone.GetProperty("undo_of").GetString());
        Assert.Equal("1", (await api.GetAsync("/api/v1/keys/migrate-test?shard=7")).Field("value"));
        Assert.Contains(
            (await api.GetAsync("/api/v1/history")).Body.GetProperty("events").EnumerateArray(),
            one => one.GetProperty("kind").GetString() == "move"
                && one.GetProperty("move").GetProperty("move").GetString() == undone.GetProperty("move").GetString());
    }

    [Fact]
    public async Task Cancel_OfAMoveUnderWay_LeavesTheShardWhereItWas()
    {
        using SiloRun run = new(Slowly);
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        string value = $"\"{new string('x', 900_000)}\"";
        for (int i = 0; i < 6; i++)
            (await api.PutAsync($"/api/v1/keys/large-{i}?shard=5", value)).IsDone();

        string source = (await api.GetAsync("/api/v1/shards/5")).Field("gid");
        string target = source == "n3" ? "n1" : "n3";
        (await api.ActAsync("cancel", """{"shard":5}""")).IsProblem(HttpStatusCode.Conflict, 22, "nothing to cancel");
        (await api.ActAsync("move", $$"""{"shard":5,"gid":"{{target}}"}""")).IsDone();

        JsonElement moves = await api.UntilAsync("/api/v1/moves", static moves => moves.GetProperty("running").EnumerateArray().Any(
            static move => move.GetProperty("left_ms").ValueKind == JsonValueKind.Number));
        JsonElement running = Assert.Single(moves.GetProperty("running").EnumerateArray());
        Assert.Equal("5 copying", $"{running.GetProperty("shard")} {running.GetProperty("phase")}");
        Assert.InRange(running.GetProperty("bytes_total").GetInt64(), 6 * 900_000, 2 * 6 * 900_000);
        Assert.True(running.GetProperty("left_ms").GetInt64() > 0, running.ToString());
        Assert.True(running.GetProperty("bytes_per_second").GetInt64() > 0);
        Assert.Equal(
            running.GetProperty("bytes_total").GetInt64() - running.GetProperty("bytes_done").GetInt64(),
            running.GetProperty("bytes_left").GetInt64());
        await api.UntilEventAsync("moves", static moves => moves.GetProperty("running").GetArrayLength() == 1);

        ApiAnswer plan = await api.ActAsync("cancel", """{"shard":5}""", plan: true);
        Assert.Contains("would keep it", plan.Field("text"), StringComparison.Ordinal);
        ApiAnswer cancelled = await api.ActAsync("cancel", """{"shard":5}""");
        Assert.Contains("is given up", cancelled.Field("text"), StringComparison.Ordinal);
        JsonElement after = await api.UntilAsync("/api/v1/moves", static moves => moves.GetProperty("running").GetArrayLength() == 0);
        JsonElement aborted = Assert.Single(after.GetProperty("finished").EnumerateArray());
        Assert.Equal("aborted", aborted.GetProperty("phase").GetString());
        Assert.True(aborted.GetProperty("at").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Equal(source, (await api.GetAsync("/api/v1/shards/5")).Field("gid"));
        (await api.PutAsync("/api/v1/keys/large-0?shard=5", "1")).IsDone();
    }

    [Fact]
    public async Task SwitchoverAndFailover_OnRequest_AreInTheHistory()
    {
        using SiloRun run = new();
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        await api.UntilAsync("/api/v1/cluster", static one => one.GetProperty("failover").GetProperty("possible").GetBoolean());

        JsonElement plan = (await api.ActAsync("switchover", plan: true)).IsDone();
        Assert.Equal("n2", plan.GetProperty("primary").GetString());
        Assert.Equal("n1", (await api.GetAsync("/api/v1/cluster")).Field("primary"));
        JsonElement done = (await api.ActAsync("switchover", """{"to":"n2"}""")).IsDone();
        Assert.Equal("n2", done.GetProperty("primary").GetString());
        Assert.Equal("n2", (await api.GetAsync("/api/v1/cluster")).Field("primary"));

        ApiAnswer wrong = await api.ActAsync("failover", """{"failed_master":"n1"}""", plan: true);
        wrong.IsProblem(HttpStatusCode.Conflict, 22, "n1 is not the primary");
        (await api.ActAsync("failover", """{"failed_master":"n9"}""", plan: true)).IsProblem(HttpStatusCode.NotFound, 1, "n9");
        Assert.Equal("n1", (await api.ActAsync("failover")).IsDone().GetProperty("primary").GetString());

        JsonElement[] terms =
        [
            .. (await api.GetAsync("/api/v1/history")).Body.GetProperty("events").EnumerateArray()
                .Where(static one => one.GetProperty("kind").GetString() == "term"),
        ];
        Assert.Equal(
            ["requested n2 n1", "switch_over n1 n2"],
            terms.Select(static one => one.GetProperty("term")).Select(
                static term => $"{term.GetProperty("reason")} {term.GetProperty("from")} {term.GetProperty("to")}"));
        Assert.All(terms, static one => Assert.Equal(JsonValueKind.String, one.GetProperty("at").ValueKind));
        Assert.True((await api.GetAsync("/api/v1/cluster")).Body.GetProperty("failover").GetProperty("requested_ms").GetInt64() > 0);
    }

    [Fact]
    public async Task JoinAndLeave_Planned_ChangeNothing()
    {
        using ApiClient api = await silo.ClientAsync();
        string before = (await api.GetAsync("/api/v1/map")).Field("epoch");
        JsonElement leave = (await api.ActAsync("leave", """{"gids":["n2"]}""", plan: true)).IsDone();
        Assert.Equal(JsonValueKind.Array, leave.GetProperty("moves").ValueKind);
        (await api.ActAsync("join", """{"gids":["n2"]}""", plan: true)).IsDone();
        Assert.Equal(before, (await api.GetAsync("/api/v1/map")).Field("epoch"));
        (await api.ActAsync("leave", """{"gids":["n1","n2","n3"]}""")).IsProblem(HttpStatusCode.Conflict, 22, "no member would be left");
    }

    [Theory]
    [InlineData("move", """{"shard":16,"gid":"n1"}""", "move: the field \"shard\" is 16; expected an integer from 0 to 15")]
    [InlineData("move", """{"shard":1}""", "move: the field \"gid\" is missing; expected a string that is not empty")]
    [InlineData("migrate", """{"shard":1,"target_gid":7}""", "the field \"target_gid\" is 7")]
    [InlineData("undo", """{"shard":1,"more":2}""", "the field \"more\" is not known; expected shard")]
    [InlineData("leave", """{"gids":[]}""", "expected an array of at least one name")]
    [InlineData("cancel", "[]", "expected a JSON object")]
    [InlineData("cancel", "{", "the body is no JSON")]
    public async Task Actions_AskedForWrongly_AreToldWhat(string action, string body, string text)
    {
        using ApiClient api = await silo.ClientAsync();
        (await api.ActAsync(action, body)).IsProblem(HttpStatusCode.BadRequest, 12, text);
    }

    [Fact]
    public async Task Actions_OnWhatDoesNotExist_HaveTheProtocolsCode()
    {
        using ApiClient api = await silo.ClientAsync();
        (await api.ActAsync("migrate", """{"shard":1,"target_gid":"n9"}""")).IsProblem(HttpStatusCode.NotFound, 1, "n9");
        (await api.ActAsync("switchover", """{"to":"n9"}""")).IsProblem(HttpStatusCode.NotFound, 1, "expected one of n1, n2");
        (await api.PostAsync("/api/v1/actions/migrate?plan=maybe", "{}")).IsProblem(
            HttpStatusCode.BadRequest, 12, "the parameter \"plan\" is maybe; expected true or false");
        (await api.PostAsync("/api/v1/restore?plan=2", "{}")).IsProblem(
            HttpStatusCode.BadRequest, 12, "the parameter \"plan\" is 2; expected true or false");
    }

    private static async Task<JsonElement> FinishedAsync(ApiClient api, int shard, string target)
    {
        JsonElement moves = await api.UntilAsync("/api/v1/moves", moves => Find(moves).ValueKind == JsonValueKind.Object);
        return Find(moves);

        JsonElement Find(JsonElement moves) => moves.GetProperty("finished").EnumerateArray().FirstOrDefault(
            move => move.GetProperty("shard").GetInt32() == shard && move.GetProperty("target_gid").GetString() == target);
    }
}
