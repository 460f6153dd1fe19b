using System.Diagnostics;
using OrleansShards.Tests.Orleans.Silo.Api;

namespace OrleansShards.Tests.Orleans.Silo.Cli;

/// <summary>Actions from the command line: the plan, the question, and what is shown until a move has ended.</summary>
public sealed class ShardsActionsTests
{
    [Fact]
    public async Task Moves_PlannedDoneUndoneAndCancelled_AreFollowedToTheirEnd()
    {
        using SiloRun silo = new("--move-bytes-per-second", "131072");
        await silo.UntilReadyIsAsync(true);
        using ApiClient api = new(silo);
        string url = $"http://127.0.0.1:{silo.HttpPort}";
        (await ShardsRun.RunAsync(url, $"\"{new string('x', 200_000)}\"", ["put", "a", "-", "--shard", "5"])).Done();
        string source = (await api.GetAsync("/api/v1/shards/5")).Field("gid");
        string target = source == "n3" ? "n1" : "n3";

        string plan = (await ShardsRun.RunAsync(url, "migrate", "5", target, "--plan")).Done();
        Assert.StartsWith("plan: one shard would move", plan, StringComparison.Ordinal);
        Assert.Contains("SHARD  FROM  TO", plan, StringComparison.Ordinal);
        (await ShardsRun.RunAsync(url, "migrate", "5", target)).Failed(2, "give --yes, or --plan");
        Assert.Equal(source, (await api.GetAsync("/api/v1/shards/5")).Field("gid"));

        string moved = (await ShardsRun.RunAsync(url, "migrate", "5", target, "--yes", "--wait")).Done();
        Assert.Contains("shard 5: copying", moved, StringComparison.Ordinal);
        Assert.Contains($"shard 5 is at {target}: 1 keys", moved, StringComparison.Ordinal);
        Assert.Contains("paused for", moved, StringComparison.Ordinal);
        string pinned = (await ShardsRun.RunAsync(url, "move", "5", target, "-y", "--wait")).Done();
        Assert.Contains("no shard had to move", pinned, StringComparison.Ordinal);
        string undone = (await ShardsRun.RunAsync(url, "undo", "5", "--yes", "--wait")).Done();
        Assert.Contains($"shard 5 is at {source}", undone, StringComparison.Ordinal);
        (await ShardsRun.RunAsync(url, "cancel", "5", "--yes")).Failed(7, "nothing to cancel");

        for (int i = 0; i < 4; i++)
            (await ShardsRun.RunAsync(url, $"\"{new string('y', 900_000)}\"", ["put", $"b{i}", "-", "--shard", "5"])).Done();

        using ShardsRun waiting = ShardsRun.Start(url, "migrate", "5", target, "--yes", "--wait");
        await api.UntilAsync("/api/v1/moves", static moves => moves.GetProperty("running").GetArrayLength() == 1);
        Assert.Contains("copying", (await ShardsRun.RunAsync(url, "moves")).Done(), StringComparison.Ordinal);
        Assert.Contains("is given up", (await ShardsRun.RunAsync(url, "cancel", "5", "--yes", "--wait")).Done(), StringComparison.Ordinal);
        ShardsResult givenUp = await waiting.EndedAsync();
        Assert.Equal(9, givenUp.ExitCode);
        Assert.Contains($"shard 5 stays at {source}", givenUp.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Groups_LeaveAreForgottenAndJoinAgain()
    {
        using SiloRun silo = new();
        await silo.UntilReadyIsAsync(true);
        using ApiClient api = new(silo);
        string url = $"http://127.0.0.1:{silo.HttpPort}";
        (await ShardsRun.RunAsync(url, "put", "a", "1")).Done();

        (await ShardsRun.RunAsync(url, "forget", "n3", "--plan")).Failed(7, "group n3 is a member; expected that it leaves");
        (await ShardsRun.RunAsync(url, "forget", "n3", "--yes")).Failed(7, "group n3 is a member; expected that it leaves");
        (await ShardsRun.RunAsync(url, "leave", "n3", "--yes", "--wait")).Done();
        string plan = (await ShardsRun.RunAsync(url, "forget", "n3", "--plan")).Done();
        Assert.Contains("n3 would be forgotten", plan, StringComparison.Ordinal);
        Assert.Equal("the cluster does not have group n3 any more\n", (await ShardsRun.RunAsync(url, "forget", "n3", "--yes")).Done());
        Assert.Contains("nothing would change", (await ShardsRun.RunAsync(url, "forget", "n3", "--plan")).Done(), StringComparison.Ordinal);
        (await ShardsRun.RunAsync(url, "forget", "n3", "--yes")).Done();

        await api.UntilAsync("/api/v1/groups", static known => known.GetProperty("announced").GetArrayLength() == 1);
        Assert.Contains("`shards join n3`", (await ShardsRun.RunAsync(url, "groups")).Done(), StringComparison.Ordinal);
        Assert.Contains("shard", (await ShardsRun.RunAsync(url, "join", "n3", "--yes", "--wait")).Done(), StringComparison.Ordinal);
        Assert.DoesNotContain("may join", (await ShardsRun.RunAsync(url, "groups")).Done(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Primary_ChangedFromTheCommandLine_IsInTheHistory()
    {
        using SiloRun silo = new();
        await silo.UntilReadyIsAsync(true);
        using ApiClient api = new(silo);
        string url = $"http://127.0.0.1:{silo.HttpPort}";
        await api.UntilAsync("/api/v1/cluster", static one => one.GetProperty("failover").GetProperty("possible").GetBoolean());

        string plan = (await ShardsRun.RunAsync(url, "switchover", "--plan")).Done();
        Assert.Contains("n1 would hand over to n2", plan, StringComparison.Ordinal);
        Assert.StartsWith("n2 leads", (await ShardsRun.RunAsync(url, "switchover", "n2", "--yes")).Done(), StringComparison.Ordinal);
        Assert.StartsWith("n1 leads", (await ShardsRun.RunAsync(url, "failover", "--yes")).Done(), StringComparison.Ordinal);
        (await ShardsRun.RunAsync(url, "failover", "n9", "--plan")).Failed(1, "there is no master n9");
        string history = (await ShardsRun.RunAsync(url, "history")).Done();
        Assert.Contains("n2 leads after n1: a planned switch-over", history, StringComparison.Ordinal);
        Assert.Contains("n1 leads after n2: it was asked for", history, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("n", 8, "nothing was changed")]
    [InlineData("y", 0, "n1 leads already")]
    public async Task Terminal_IsAskedAndHasColours(string answer, int exitCode, string text)
    {
        using SiloRun silo = new();
        await silo.UntilReadyIsAsync(true);
        string shards = $"dotnet {ShardsRun.Program}";
        string masters = await OnTerminalAsync(silo, $"{shards} masters", "");
        Assert.Contains("\u001b[", masters, StringComparison.Ordinal);

        string asked = await OnTerminalAsync(silo, $"{shards} switchover n1; echo code $?", answer + "\n");
        Assert.Contains("Do it? [y/N]", asked, StringComparison.Ordinal);
        Assert.Contains(answer == "y" ? "leads in term" : text, asked, StringComparison.Ordinal);
        Assert.Contains($"code {exitCode}", asked, StringComparison.Ordinal);
    }

    // util-linux' script makes the terminal.
    private static async Task<string> OnTerminalAsync(SiloRun silo, string command, string input)
    {
        using Process script = Process.Start(new ProcessStartInfo("script", ["-qec", command, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["SHARDS_URL"] = $"http://127.0.0.1:{silo.HttpPort}", ["TERM"] = "xterm-256color", ["NO_COLOR"] = null },
        })!;
        await script.StandardInput.WriteAsync(input);
        await script.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        string output = await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(SiloRun.Limit);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }
}
