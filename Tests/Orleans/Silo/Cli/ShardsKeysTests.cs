using System.Text.Json;
using OrleansShards.Tests.Orleans.Silo.Api;

namespace OrleansShards.Tests.Orleans.Silo.Cli;

/// <summary>Keys from the command line, from its prompt, and under its load.</summary>
public sealed class ShardsKeysTests(ApiSilo silo)
{
    [Theory]
    [InlineData("cli color", "blue", "\"blue\"")]
    [InlineData("cli/..", "{\"a\": [1, 2]}", "{\"a\": [1, 2]}")]
    [InlineData("..", "-5", "-5")]
    [InlineData("Grün%2F\"", "\"Straße\"", "\"Straße\"")]
    public async Task Key_WrittenAndRead_IsAsItWas(string key, string value, string read)
    {
        string url = await silo.UrlAsync();
        (await ShardsRun.RunAsync(url, "put", key, value)).Done();
        Assert.Equal(read + "\n", (await ShardsRun.RunAsync(url, "get", key)).Done());
        Assert.Contains("is deleted", (await ShardsRun.RunAsync(url, "delete", key)).Done(), StringComparison.Ordinal);
        (await ShardsRun.RunAsync(url, "get", key)).Failed(6, "the key does not exist");
    }

    [Fact]
    public async Task Cas_WithAnotherValue_IsRefusedWithItsExitCode()
    {
        string url = await silo.UrlAsync();
        (await ShardsRun.RunAsync(url, "cas", "cli-cas", "1", "2")).Failed(6, "does not exist");
        (await ShardsRun.RunAsync(url, "cas", "cli-cas", "1", "2", "--create")).Done();
        (await ShardsRun.RunAsync(url, "cas", "cli-cas", "1", "3")).Failed(7, "it is 2");
        (await ShardsRun.RunAsync(url, "cas", "cli-cas", "2", "three")).Done();
        Assert.Equal("\"three\"\n", (await ShardsRun.RunAsync(url, "get", "cli-cas")).Output);
    }

    [Fact]
    public async Task Put_WithASession_IsCarriedOutOnce()
    {
        string url = await silo.UrlAsync();
        string[] once = ["put", "7", "1", "--key-json", "--shard", "3", "--client-id", "cli", "--seq", "1"];
        Assert.Equal("7 is written (shard 3)\n", (await ShardsRun.RunAsync(url, once)).Done());
        (await ShardsRun.RunAsync(url, "put", "7", "2", "--key-json", "--shard", "3")).Done();
        (await ShardsRun.RunAsync(url, once)).Done();
        Assert.Equal("2\n", (await ShardsRun.RunAsync(url, "get", "7", "--key-json", "--shard", "3")).Output);
        (await ShardsRun.RunAsync(url, "put", "7", "1", "--seq", "1")).Failed(1, "client_id");
    }

    [Fact]
    public async Task Value_ThatBeginsAsJsonAndIsNone_IsRefused()
    {
        (await ShardsRun.RunAsync("http://127.0.0.1:1", "put", "a", "{\"b\":")).Failed(2, "begins as JSON and is none");
        (await ShardsRun.RunAsync("http://127.0.0.1:1", "get", "a b", "--key-json")).Failed(2, "expected a JSON value");
    }

    [Fact]
    public async Task Value_OfADash_IsReadFromStdin()
    {
        string url = await silo.UrlAsync();
        (await ShardsRun.RunAsync(url, "[1,\n2]\n", ["put", "cli-stdin", "-"])).Done();
        Assert.Equal("[1,\n2]\n", (await ShardsRun.RunAsync(url, "get", "cli-stdin")).Output);
    }

    [Fact]
    public async Task Prompt_FromAPipe_EndsAtTheFirstLineThatFails()
    {
        string lines = """
            put cli-prompt 1
            cas "cli-prompt" 1 {"a b": [1, 2]}
            get cli-prompt
            get cli-none
            delete cli-prompt
            """;
        ShardsResult ended = await ShardsRun.RunAsync(await silo.UrlAsync(), lines, ["prompt"]);
        Assert.Equal(6, ended.ExitCode);
        Assert.Equal("{\"a b\": [1, 2]}", ended.Lines[^1]);
        Assert.Equal(3, ended.Lines.Length);
        (await ShardsRun.RunAsync(await silo.UrlAsync(), "gte a\n", ["prompt"])).Failed(2, "`gte a` is no command; expected get KEY");
    }

    [Fact]
    public async Task Bench_ForASecond_CountsAndLeavesNothingBehind()
    {
        string url = await silo.UrlAsync();
        string[] load = ["bench", "--seconds", "1", "--clients", "2", "--keys", "3"];
        using JsonDocument done = JsonDocument.Parse((await ShardsRun.RunAsync(url, [.. load, "--json"])).Done());
        Assert.True(done.RootElement.GetProperty("requests").GetInt64() > 0);
        Assert.Equal(0, done.RootElement.GetProperty("errors").GetInt64());
        Assert.True(done.RootElement.GetProperty("writes").GetProperty("p99_ms").GetDouble() > 0);
        (await ShardsRun.RunAsync(url, "get", "shards-bench-0")).Failed(6, "does not exist");
        Assert.Contains("P99.9", (await ShardsRun.RunAsync(url, [.. load, "--reads", "100", "--keep"])).Done(), StringComparison.Ordinal);
        Assert.StartsWith("\"xxx", (await ShardsRun.RunAsync(url, "get", "shards-bench-0")).Done(), StringComparison.Ordinal);
    }
}
