using System.Diagnostics;
using System.Text.Json;
using OrleansShards.Tests.Orleans.Silo.Api;

namespace OrleansShards.Tests.Orleans.Silo.Cli;

/// <summary>What the command line shows, to people and to scripts.</summary>
public sealed class ShardsStatusTests(ApiSilo silo)
{
    [Theory]
    [InlineData("status", "MASTER  ROLE     SILO")]
    [InlineData("masters", "primary")]
    [InlineData("shards", "SHARD  GROUP")]
    [InlineData("groups", "GROUP  MEMBER")]
    [InlineData("moves", "move")]
    [InlineData("history", "")]
    [InlineData("map", "GROUP  COUNT  SHARDS")]
    [InlineData("store", "sqlite")]
    public async Task Tables_OnAPipe_FitAHundredColumnsWithoutColour(string command, string expected)
    {
        ShardsResult shown = await ShardsRun.RunAsync(await silo.UrlAsync(), command);
        Assert.Contains(expected, shown.Done(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', shown.Output);
        Assert.All(shown.Lines, static line => Assert.True(line.Length <= 100 && line == line.TrimEnd(), line));
        Assert.Equal("", shown.Errors);
    }

    [Fact]
    public async Task Json_IsTheApisAnswerAsItIs()
    {
        string url = await silo.UrlAsync();
        using ApiClient api = await silo.ClientAsync();
        Assert.Equal(
            (await api.GetAsync("/api/v1/history?limit=3")).Text + "\n",
            (await ShardsRun.RunAsync(url, "history", "--limit", "3", "--json")).Done());
        using JsonDocument status = JsonDocument.Parse((await ShardsRun.RunAsync(url, "--json", "status")).Done());
        Assert.Equal(16, status.RootElement.GetProperty("shards").GetInt32());
    }

    [Fact]
    public async Task Map_OfAnEpochThatIsNotKnown_IsRefused() =>
        (await ShardsRun.RunAsync(await silo.UrlAsync(), "map", "--epoch", "999999")).Failed(7, "999999");

    [Fact]
    public async Task Watch_EndedBySigterm_HasShownEachChange()
    {
        using ShardsRun run = ShardsRun.Start(await silo.UrlAsync(), "status", "--watch", "--json");
        for (int i = 0; i < 2; i++)
            Assert.StartsWith("{\"cluster_id\":", await run.ReadLineAsync(), StringComparison.Ordinal);

        run.Terminate();
        Assert.Equal(130, (await run.EndedAsync()).ExitCode);
    }

    [Fact]
    public async Task Watch_ASiloThatGoesAwayAndComesBack_IsWaitedFor()
    {
        int[] ports = FreePorts.Take(3);
        using ShardsRun run = ShardsRun.Start($"http://127.0.0.1:{ports[2]}", "moves", "--watch");
        using SiloRun late = new(ports);
        Assert.Equal("no move is due or under way", await run.ReadLineAsync());
        run.Terminate();
        ShardsResult ended = await run.EndedAsync();
        Assert.Contains("no silo answers at", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("trying again", ended.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("statsu", "`statsu` is not known to `shards`")]
    [InlineData("status --wach", "`--wach` is not known to `shards status`")]
    [InlineData("shards --limit 257", "--limit is \"257\"; expected an integer from 1 to 256")]
    [InlineData("map --epoch x", "--epoch is \"x\"; expected an integer, 0 or more")]
    [InlineData("migrate three n1", "SHARD is \"three\"; expected an integer, 0 or more")]
    [InlineData("status --url localhost:8080", "--url is \"localhost:8080\"; expected http://HOST:PORT")]
    [InlineData("status --api-key-file /no/such/file", "--api-key-file /no/such/file cannot be read")]
    public async Task CommandLine_ThatIsWrong_IsSaidAndNothingIsAsked(string arguments, string text) =>
        (await ShardsRun.RunAsync("http://127.0.0.1:1", arguments.Split(' '))).Failed(2, text);

    [Fact]
    public async Task Url_WhereNobodyListens_SaysWhatToDo()
    {
        (await ShardsRun.RunAsync("http://127.0.0.1:1", "put", "a", "1")).Failed(4, "no silo answers at http://127.0.0.1:1/");
        (await ShardsRun.RunAsync("nowhere", "status")).Failed(2, "SHARDS_URL is \"nowhere\"; expected http://HOST:PORT");
    }

    [Fact]
    public async Task Completion_OfBash_CompletesCommandsAndGroups()
    {
        string url = await silo.UrlAsync();
        string script = (await ShardsRun.RunAsync(url, "completion", "bash")).Done();
        Assert.Equal("migrate move moves", Only(await CompleteAsync("shards m", "m"), "mi", "mo"));
        Assert.Equal("n1 n2 n3", Only(await CompleteAsync("shards migrate 3 n", "n"), "n"));

        async Task<string> CompleteAsync(string line, string word)
        {
            string shell = $"shards() {{ dotnet {ShardsRun.Program} \"$@\"; }}\n{script}\nCOMP_LINE='{line}' COMP_POINT={line.Length} "
                + $"COMP_WORDS=(shards '{word}') COMP_CWORD=1\n_shards\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n";
            using Process bash = Process.Start(new ProcessStartInfo("bash", ["-c", shell])
            {
                RedirectStandardOutput = true,
                Environment = { ["SHARDS_URL"] = url },
            })!;
            string output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
            return output;
        }

        static string Only(string output, params string[] starts) => string.Join(
            ' ', output.Split('\n').Where(line => starts.Any(start => line.StartsWith(start, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal));
    }
}
