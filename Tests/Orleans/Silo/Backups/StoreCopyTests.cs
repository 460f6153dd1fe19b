using System.Diagnostics;
using Npgsql;
using OrleansShards.Tests.House;
using OrleansShards.Tests.Orleans.Silo.Api;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo.Backups;

/// <summary>The steps of docs/backup.md for copies of a store, word for word, while a silo writes.</summary>
public sealed class StoreCopyTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orleansshards-copy-").FullName;

    private string Copy => Path.Combine(_directory, "copy");

    [Fact]
    public async Task Sqlite_CopiedWhileItRuns_IsRestoredAsTheDocsSay()
    {
        string restored = Path.Combine(_directory, "restored");
        using (SiloRun silo = new())
        {
            await WriteAsync(silo, "before");
            await RunAsync("sqlite-copy", ("DIR", silo.Data), ("COPY", Copy));
            await WriteAsync(silo, "after");
        }

        await RunAsync("sqlite-restore", ("COPY", Copy), ("NEW", restored));
        using SiloRun again = new("--data", restored);
        await IsAsBeforeAsync(again);
    }

    [Fact]
    public async Task Postgres_DumpedWhileItRuns_IsRestoredAsTheDocsSay()
    {
        await using TestServer server = new();
        await server.StartAsync();
        NpgsqlConnectionStringBuilder connection = new(server.Address);
        (string, string)[] variables =
        [
            ("PGHOST", connection.Host!), ("PGPORT", $"{connection.Port}"), ("PGUSER", connection.Username!),
            ("PGPASSWORD", connection.Password ?? ""), ("PGDATABASE", connection.Database!), ("SCHEMA", "shards_copy"), ("COPY", Copy),
        ];
        string[] options = ["--cluster", "postgres", "--connection", server.Address, "--schema", "shards_copy"];
        using (SiloRun silo = new(options))
        {
            await WriteAsync(silo, "before");
            await RunAsync("postgres-copy", variables);
            await WriteAsync(silo, "after");
            silo.Terminate();
            await silo.EndedAsync();
        }

        await RunAsync("postgres-restore", variables);
        using SiloRun again = new(options);
        await IsAsBeforeAsync(again);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task WriteAsync(SiloRun silo, string key)
    {
        await silo.UntilReadyIsAsync(true);
        using ApiClient api = new(silo);
        (await api.PutAsync($"/api/v1/keys/{key}", "1")).IsDone();
    }

    private static async Task IsAsBeforeAsync(SiloRun silo)
    {
        await silo.UntilReadyIsAsync(true);
        using ApiClient api = new(silo);
        Assert.Equal("1", (await api.GetAsync("/api/v1/keys/before")).Field("value"));
        (await api.GetAsync("/api/v1/keys/after")).IsProblem(System.Net.HttpStatusCode.NotFound, 20, "");
        (await api.PutAsync("/api/v1/keys/after", "2")).IsDone();
    }

    private static async Task RunAsync(string block, params (string Name, string Value)[] variables)
    {
        string[] lines = await File.ReadAllLinesAsync(
            Path.Combine(Repository.Root, "docs", "backup.md"), TestContext.Current.CancellationToken);
        string script = string.Join(
            '\n', lines.SkipWhile(line => line != $"```sh {block}").Skip(1).TakeWhile(static line => line != "```"));
        Assert.NotEmpty(script);
        ProcessStartInfo start = new("bash", ["-euo", "pipefail", "-c", script]) { RedirectStandardError = true };
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;

        using Process process = Process.Start(start)!;
        string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{block}: {errors}");
    }
}
