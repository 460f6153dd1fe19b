using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Processes;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>Gateways of a cluster that are gone for a while: what they find when they are back, and what they owe.</summary>
[Collection(FailureRuns.Name)]
public sealed class GatewayClusterRestartTests
{
    private const int Keys = 50;
    private const int Asked = 40;

    private static readonly TimeSpan Sleep = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task KillAll_StartedAgain_WhatWasAcknowledgedIsThere(bool withData)
    {
        using GatewayCluster cluster = await GatewayCluster.StartAsync(3, withData);
        for (int key = 0; key < Keys; key++)
            await AskAsync(cluster.Nodes[key % 3], "write", $"{Key(key)},\"value\":{key}", "write_ok");

        string step = Key(0) + ",\"from\":0,\"to\":1,\"client_id\":\"w\",\"seq\":1";
        await AskAsync(cluster.Nodes[0], "cas", step, "cas_ok");

        foreach (GatewayNode node in cluster.Nodes)
            node.Kill();

        await GatewayCluster.StartAsync(cluster.Nodes);
        await cluster.SettledAsync();
        // Carried out before the kill: answered from the session, not a second time (22, as the value is 1 by now).
        await AskAsync(cluster.Nodes[1], "cas", step, "cas_ok");
        foreach (GatewayNode node in cluster.Nodes)
        {
            for (int key = 0; key < Keys; key++)
            {
                JsonElement read = await AskAsync(node, "read", Key(key), "read_ok");
                Assert.Equal(Math.Max(key, 1), read.GetProperty("value").GetInt32());
            }
        }

        await cluster.EndAsync();
    }

    [Fact]
    public async Task Stop_For15s_ServedByOthersMeanwhile_ServesAgainAndAnswersEverything()
    {
        using GatewayCluster cluster = await GatewayCluster.StartAsync(3, withData: false);
        GatewayNode sleeper = await cluster.PrimaryAsync();
        Recorder recorder = new();
        Workload workload = new(cluster.Nodes, recorder, Random.Shared.Next());

        long at = Stopwatch.GetTimestamp();
        sleeper.Stop();
        Task<JsonElement?>[] open = [.. Enumerable.Range(0, Asked).Select(number =>
            sleeper.AskAsync("write", $"{GatewayNode.OfShard(number % GatewayNode.Shards)},\"value\":{number}"))];
        // Others can only serve its shards, and lead in its master's stead, where it has been declared dead.
        await cluster.SettledWithoutAsync([sleeper]);
        TimeSpan served = Stopwatch.GetElapsedTime(at);
        await Condition.PassesAsync(Sleep - served);
        sleeper.Continue();

        // Settled includes that it owes no answer: neither to these nor to the workers, who have long given up.
        await cluster.SettledAsync();
        await Task.WhenAll(open);
        Assert.Equal((1, false), (sleeper.Starts, sleeper.Current.HasEnded));
        await Condition.HoldsAsync(
            () => sleeper.Told().Contains("this gateway's silo runs again", StringComparison.Ordinal),
            () => $"a new silo in the gateway that was stopped\n{sleeper.Told()}");
        IReadOnlyList<string> problems = HistoryVerdict.Problems(recorder, await workload.EndAsync());
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{sleeper.Name} stopped for {Sleep.TotalSeconds} s: everything served by the others after {served.TotalSeconds:0.0} s; "
            + $"{recorder.Answered} operations acknowledged, {recorder.Open} unknown, {recorder.Refused} refused; {cluster.Counts}"));
        Assert.True(problems.Count == 0, $"{string.Join('\n', problems)}\n{cluster.Told()}");
        await cluster.EndAsync();
    }

    /// <summary>Whoever starts the gateways is who the state without <c>--data</c> belongs to.</summary>
    [Fact]
    public void Start_BySomebodyElse_WithoutData_IsFresh()
    {
        string[] options = ["--cluster", $"test-{Guid.NewGuid():N}", "--deadline-ms", "30000", "--key-deadline-ms", "30000"];
        using (GatewayProcess ours = new(options))
        {
            ours.Init("n1", "n1", "n2");
            JsonElement written = ours.Ask("c", "n1", """{"type":"write","msg_id":1,"key":"k","value":7}""");
            Assert.Equal("write_ok", written.GetProperty("type").GetString());
            ours.Kill();
        }

        // A shell that lives as long as its gateway is another starter; `exit` after it keeps the shell from becoming it.
        ProcessStartInfo shell = new("sh", ["-c", "\"$@\"; exit $?", "sh", "dotnet", .. GatewayProcess.Command(options).ArgumentList]);
        using (GatewayProcess theirs = new(shell))
        {
            theirs.Init("n1", "n1", "n2");
            Assert.Equal(20, theirs.Read("n1", "k").GetProperty("code").GetInt32());
            theirs.Kill();
        }

        using GatewayProcess again = new(options);
        again.Init("n1", "n1", "n2");
        JsonElement found = again.Read("n1", "k");
        Assert.True(found.TryGetProperty("value", out JsonElement value) && value.GetInt32() == 7, $"expected 7, seen {found}");
        Assert.Equal(0, again.End());
    }

    private static string Key(int number) => string.Create(CultureInfo.InvariantCulture, $",\"key\":\"k{number}\"");

    private static async Task<JsonElement> AskAsync(GatewayNode node, string type, string fields, string expected)
    {
        JsonElement? reply = await node.AskAsync(type, fields);
        Assert.True(
            reply is { } body && body.GetProperty("type").ValueEquals(expected),
            $"expected {expected} of {node.Name} to {type}{fields}, seen {reply?.ToString() ?? "nothing"}\n{node.Told()}");
        return reply!.Value;
    }
}
