using System.Net;

namespace OrleansShards.Tests.Orleans.Silo.Api;

/// <summary>From elsewhere, keys and actions need a bearer key; what was done and refused is in the log, and no key is.</summary>
public sealed class ApiDoorsTests : IDisposable
{
    private const string Reader = "0123456789abcdef-reader";
    private const string Admin = "0123456789abcdef-admin";

    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public async Task Doors_FromElsewhere_OpenToTheRightKey()
    {
        string keys = $"# who may\nrita read {Reader}\nalice admin {Admin}\n";
        await File.WriteAllTextAsync(_file, keys, TestContext.Current.CancellationToken);
        using SiloRun run = new("--api-key-file", _file);
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        (await api.PutAsync("/api/v1/keys/doors", "1")).IsDone();
        (await api.ActAsync("switchover", plan: true)).IsDone();

        // What a proxy on this machine says of whom it serves.
        api.Headers["X-Forwarded-For"] = "203.0.113.7";
        (await api.GetAsync("/api/v1/cluster")).IsDone();
        (await api.GetAsync("/api/v1/keys/doors")).IsProblem(HttpStatusCode.Unauthorized, null, "Authorization: Bearer KEY");
        api.Headers["Authorization"] = "Bearer 0123456789abcdef-wrong";
        (await api.ActAsync("switchover")).IsProblem(HttpStatusCode.Unauthorized, null, "none of the silo's");
        api.Headers["Authorization"] = $"Bearer {Reader}";
        Assert.Equal("1", (await api.GetAsync("/api/v1/keys/doors")).Field("value"));
        (await api.PutAsync("/api/v1/keys/doors", "2")).IsProblem(HttpStatusCode.Forbidden, null, "has the role read; this needs write");
        (await api.ActAsync("cancel", """{"shard":1}""")).IsProblem(HttpStatusCode.Forbidden, null, "this needs admin");
        (await api.GetAsync("/api/v1/backup")).IsProblem(HttpStatusCode.Forbidden, null, "this needs admin");
        (await api.PostAsync("/api/v1/restore", "x")).IsProblem(HttpStatusCode.Forbidden, null, "this needs admin");
        api.Headers["Authorization"] = $"Bearer {Admin}";
        (await api.PutAsync("/api/v1/keys/doors", "2")).IsDone();
        (await api.ActAsync("cancel", """{"shard":1}""")).IsProblem(HttpStatusCode.Conflict, 22, "nothing to cancel");
        (await api.ActAsync("leave", """{"gids":["n3"]}""", plan: true)).IsDone();
        (await api.PostAsync("/api/v1/restore?plan=true", "x")).IsProblem(HttpStatusCode.BadRequest, 12, "no backup of OrleansShards");

        run.Terminate();
        Assert.Equal(0, await run.EndedAsync());
        HasLine(run, "[50] loopback from 127.0.0.1: switchover  (plan): n1 would hand over");
        HasLine(run, "[50] alice from 127.0.0.1: cancel {\"shard\":1} (action): error 22, shard 1 is not being moved");
        HasLine(run, "[50] alice from 127.0.0.1: leave {\"gids\":[\"n3\"]} (plan): ");
        HasLine(run, "[50] alice from 127.0.0.1: restore  (plan): this is no backup of OrleansShards");
        HasLine(run, "[51] refused PUT /api/v1/keys/doors to rita from 127.0.0.1: role-needed");
        Assert.DoesNotContain(run.Lines, static line => line.Contains("0123456789abcdef", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Doors_WithoutAKeyFile_AreShutToOthersAndToForeignPages()
    {
        using SiloRun run = new();
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        api.Headers["Forwarded"] = "for=203.0.113.7";
        (await api.GetAsync("/api/v1/store")).IsDone();
        (await api.GetAsync("/api/v1/keys/x")).IsProblem(HttpStatusCode.Forbidden, null, "--api-key-file");

        api.Headers.Clear();
        api.Headers["Origin"] = "https://evil.example.com";
        (await api.ActAsync("switchover")).IsProblem(HttpStatusCode.Forbidden, null, "another site");
        api.Headers.Clear();
        api.Headers["Sec-Fetch-Site"] = "cross-site";
        (await api.PutAsync("/api/v1/keys/x", "1")).IsProblem(HttpStatusCode.Forbidden, null, "another site");
        api.Headers.Clear();
        api.Headers["Origin"] = $"http://127.0.0.1:{run.HttpPort}";
        (await api.PutAsync("/api/v1/keys/x", "1")).IsDone();
    }

    [Fact]
    public async Task Start_WithAWrongKeyFile_EndsWithALine()
    {
        await File.WriteAllTextAsync(_file, "alice admin short\n", TestContext.Current.CancellationToken);
        using SiloRun run = new("--api-key-file", _file);
        Assert.Equal(2, await run.EndedAsync());
        Assert.Contains($"--api-key-file: line 1 of {_file}: the key of alice has 5", await run.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_file);

    private static void HasLine(SiloRun run, string text) =>
        Assert.True(run.Lines.Any(line => line.Contains(text, StringComparison.Ordinal)), string.Join('\n', run.Lines));
}
