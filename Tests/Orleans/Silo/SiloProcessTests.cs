using System.Net;
using System.Text.Json;

namespace OrleansShards.Tests.Orleans.Silo;

public sealed class SiloProcessTests
{
    [Fact]
    public async Task Silo_WithoutSetUp_ServesItsPages_AndEndsWithZeroOnSigterm()
    {
        using SiloRun silo = new();
        JsonElement ready = await silo.UntilReadyIsAsync(true);
        Assert.Equal("n1", ready.GetProperty("primary").GetString());
        Assert.True(ready.GetProperty("term").GetInt64() > 0, ready.ToString());
        Assert.Equal("the silo serves", ready.GetProperty("reason").GetString());
        Assert.StartsWith("n1 leads in term ", ready.GetProperty("masters").GetString(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, """{"ok":true}"""), await silo.GetAsync("/health/live"));

        (HttpStatusCode status, string page) = await silo.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("page.js", page, StringComparison.Ordinal);
        (status, string dashboard) = await silo.GetAsync("/dashboard");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("index.min.js", dashboard, StringComparison.Ordinal);
        await silo.UntilAsync("/dashboard/DashboardCounters", "one silo", static (_, counters) =>
            counters.GetProperty("totalActiveHostCount").GetInt32() == 1);

        silo.Terminate();
        Assert.Equal(0, await silo.EndedAsync());
        Assert.Equal("", await silo.Errors);
        string start = Assert.Single(silo.Lines, static line => line.Contains("OrleansShards 0.", StringComparison.Ordinal));
        string places = $"logs in SQLite, {silo.Data}; dashboard http://127.0.0.1:{silo.HttpPort}/dashboard";
        Assert.Contains(places, start, StringComparison.Ordinal);
        Assert.DoesNotContain(silo.Lines, static line =>
            line.Contains("Polly", StringComparison.Ordinal) || line.Contains("has not completed", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(silo.Data, "logs.db")), "the logs should be in the data directory");
    }

    [Fact]
    public async Task Silo_ToldToStop_IsNotReadyWhileItDrains()
    {
        using SiloRun silo = new("--drain-ms", "60000");
        await silo.UntilReadyIsAsync(true);
        silo.Terminate();

        JsonElement answer = await silo.UntilReadyIsAsync(false);
        Assert.Equal("the silo is stopping", answer.GetProperty("reason").GetString());
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/health/live")).Status);
    }

    [Fact]
    public async Task Silo_PortsAreTaken_SaysWhichAndDoesNotStart()
    {
        int[] ports = FreePorts.Take(4);
        using SiloRun first = new(ports[..3]);
        await first.UntilReadyIsAsync(true);
        using SiloRun second = new([ports[0], ports[1], ports[3]]);

        Assert.Equal(1, await second.EndedAsync());
        string[] errors = (await second.Errors).Trim().Split('\n');
        Assert.Equal(2, errors.Length);
        Assert.Contains($"127.0.0.1:{ports[0]} (--silo-port): another process listens there", errors[0], StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{ports[1]} (--gateway-port): another process listens there", errors[1], StringComparison.Ordinal);
        await first.UntilReadyIsAsync(true);
    }

    [Fact]
    public async Task Silo_DataDirectoryIsTaken_SaysByWhom()
    {
        using SiloRun first = new();
        await first.UntilReadyIsAsync(true);
        using SiloRun second = new("--data", first.Data);

        Assert.Equal(1, await second.EndedAsync());
        string error = Assert.Single((await second.Errors).Trim().Split('\n'));
        Assert.Contains("is in use by process", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silo_BadOptions_AreAllNamed_AndNothingStarts()
    {
        using SiloRun silo = new("--shards", "0", "--nodes", "a,,b", "--cluster", "local");
        Assert.Equal(2, await silo.EndedAsync());
        string[] errors = (await silo.Errors).Trim().Split('\n');
        Assert.Equal(3, errors.Length);
        Assert.Contains("--help lists all options", errors[2], StringComparison.Ordinal);
        Assert.False(Directory.Exists(silo.Data), "a refused silo should leave nothing behind");
    }

    [Fact]
    public async Task Silo_StartedAgainAsAnotherCluster_SaysSoInOneLine()
    {
        string data = Directory.CreateTempSubdirectory("orleansshards-silo-").FullName;
        try
        {
            using (SiloRun first = new("--data", data, "--shards", "8"))
            {
                await first.UntilReadyIsAsync(true);
                first.Kill();
            }

            using SiloRun second = new("--data", data, "--shards", "9");
            Assert.Equal(1, await second.EndedAsync());
            string error = Assert.Single((await second.Errors).Trim().Split('\n'));
            Assert.Contains("8 shards", error, StringComparison.Ordinal);

            // What Orleans' own connections say when the process ends is not ours.
            Assert.DoesNotContain(second.Lines, static line => line.Contains("fail: OrleansShards", StringComparison.Ordinal)
                && line.Contains("   at ", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Silo_OfAnotherClusterOnTheSameData_SaysSoInOneLine()
    {
        using SiloRun first = new("--cluster-id", "first");
        await first.UntilReadyIsAsync(true);
        first.Kill();
        using SiloRun second = new("--data", first.Data, "--cluster-id", "second");
        Assert.Equal(1, await second.EndedAsync());
        string error = Assert.Single((await second.Errors).Trim().Split('\n'));
        Assert.Contains(
            $"The SQLite log store in '{first.Data}' belongs to the cluster 'first'; this is the cluster 'second'", error,
            StringComparison.Ordinal);
        Assert.Contains("--cluster-id", error, StringComparison.Ordinal);

        using SiloRun again = new("--data", first.Data, "--cluster-id", "first");
        await again.UntilReadyIsAsync(true);
    }

    [Fact]
    public async Task Silo_JsonLog_IsAnObjectALine()
    {
        using SiloRun silo = new("--log-format", "json");
        await silo.UntilReadyIsAsync(true);
        silo.Terminate();
        Assert.Equal(0, await silo.EndedAsync());

        JsonElement[] lines = [.. silo.Lines.Select(static line => JsonDocument.Parse(line).RootElement)];
        JsonElement start = Assert.Single(
            lines, static line => line.GetProperty("State").TryGetProperty("Dashboard", out _));
        Assert.Equal($"http://127.0.0.1:{silo.HttpPort}/dashboard", start.GetProperty("State").GetProperty("Dashboard").GetString());
    }
}
