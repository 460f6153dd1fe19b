using System.Net;
using System.Text;

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
    public async Task Dashboard_FromElsewhere_TakesAKeyAsBearerOrPassword()
    {
        await File.WriteAllTextAsync(_file, $"rita read {Reader}\n", TestContext.Current.CancellationToken);
        using SiloRun run = new("--api-key-file", _file);
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        string[] routes = ["/dashboard/", "/dashboard/index.html", "/dashboard/ClusterStats", "/DASHBOARD/GrainTypes"];
        await StatusAsync(HttpStatusCode.OK, routes);

        api.Headers["X-Forwarded-For"] = "203.0.113.7";
        await StatusAsync(HttpStatusCode.OK, ["/", "/metrics", "/health/live", "/health/ready", "/openapi/v1.json"]);
        await StatusAsync(HttpStatusCode.Unauthorized, [.. routes, "/dashboard/Trace", "/dashboard/GrainState"]);
        ApiAnswer refusal = await api.GetAsync("/dashboard");
        Assert.Equal("Basic realm=\"OrleansShards\"", refusal.Challenge);
        Assert.Equal("expected a key of the silo's --api-key-file as the password; any user name will do\n", refusal.Text);

        foreach (string right in new[] { $"Bearer {Reader}", Basic($"rita:{Reader}"), Basic($":{Reader}") })
        {
            api.Headers["Authorization"] = right;
            await StatusAsync(HttpStatusCode.OK, routes);
        }

        foreach (string wrong in new[] { Basic($"{Reader}:"), Basic($"rita:{Reader}x"), "Basic !", "Digest x" })
        {
            api.Headers["Authorization"] = wrong;
            await StatusAsync(HttpStatusCode.Unauthorized, routes);
        }

        // A browser may send the dashboard's password everywhere: to the API it is no key.
        api.Headers["Authorization"] = Basic($"rita:{Reader}");
        refusal = await api.GetAsync("/api/v1/keys/x");
        refusal.IsProblem(HttpStatusCode.Unauthorized, null, "expected a header Authorization: Bearer KEY");
        Assert.Equal("Bearer realm=\"OrleansShards\"", refusal.Challenge);
        Assert.Equal("", (await api.GetAsync("/api/v1/visitor")).Field("name"));
        await run.UntilLineAsync("[51] refused GET /dashboard/Trace to nobody from 127.0.0.1: key-needed");
        Assert.DoesNotContain(run.Lines, static line => line.Contains("0123456789abcdef", StringComparison.Ordinal));

        async Task StatusAsync(HttpStatusCode status, string[] paths)
        {
            foreach (string path in paths)
                Assert.Equal((path, status), (path, (await api.GetAsync(path)).Status));
        }

        static string Basic(string credentials) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}";
    }

    [Fact]
    public async Task KeyFile_ThatChanges_IsReadAgain_AndAWrongOneChangesNothing()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(_file, $"alice admin {Admin}\n", stop);

        // As a mounted secret is: a link that leads elsewhere after a change.
        string link = $"{_file}.link";
        File.CreateSymbolicLink(link, _file);
        using SiloRun run = new("--api-key-file", link);
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        api.Headers["X-Forwarded-For"] = "203.0.113.7";
        api.Headers["Authorization"] = $"Bearer {Admin}";
        Assert.Equal("alice", (await api.GetAsync("/api/v1/visitor")).Field("name"));

        await File.WriteAllTextAsync($"{_file}.next", $"rita read {Reader}\nbob write {Admin}2\n", stop);
        File.Delete(link);
        File.CreateSymbolicLink(link, $"{_file}.next");
        await run.UntilLineAsync($"[54] {link} has been read again; the API's keys are rita (read), bob (write)");
        (await api.GetAsync("/api/v1/visitor")).IsProblem(HttpStatusCode.Unauthorized, null, "none of the silo's");
        api.Headers["Authorization"] = $"Bearer {Reader}";
        Assert.Equal("rita", (await api.GetAsync("/api/v1/visitor")).Field("name"));

        await File.WriteAllTextAsync(link, $"rita read {Reader}\neve root {Admin}\n", stop);
        await run.UntilLineAsync($"[55] --api-key-file is wrong, and the API's keys stay as they were: line 2 of {link}: the role of eve");
        Assert.Equal("rita", (await api.GetAsync("/api/v1/visitor")).Field("name"));
        File.Delete(link);
        await run.UntilLineAsync("[55] --api-key-file is wrong, and the API's keys stay as they were: Could not find file");
        Assert.Equal("rita", (await api.GetAsync("/api/v1/visitor")).Field("name"));

        await File.WriteAllTextAsync(link, $"alice admin {Admin}\n", stop);
        await run.UntilLineAsync("the API's keys are alice (admin)");
        (await api.GetAsync("/api/v1/visitor")).IsProblem(HttpStatusCode.Unauthorized, null, "none of the silo's");
        Assert.DoesNotContain(run.Lines, static line => line.Contains("0123456789abcdef", StringComparison.Ordinal));
        File.Delete(link);
        File.Delete($"{_file}.next");
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
        ApiAnswer shut = await api.GetAsync("/dashboard");
        Assert.Equal(HttpStatusCode.Forbidden, shut.Status);
        Assert.StartsWith("the dashboard is open to this machine only: the silo has no", shut.Text, StringComparison.Ordinal);

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
