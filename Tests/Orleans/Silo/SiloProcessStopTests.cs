using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;
using OrleansShards.Tests.Recording;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>What may not hold a silo's stop.</summary>
public sealed class SiloProcessStopTests
{
    [Fact]
    public async Task Stop_TheLogsStreamIsOpen_ItEndsAtTheSignal()
    {
        using SiloRun silo = new("--drain-ms", "60000");
        await silo.UntilReadyIsAsync(true);
        using HttpClient http = new() { Timeout = SiloRun.Limit };
        await using Stream stream = await http.GetStreamAsync(
            new Uri($"http://127.0.0.1:{silo.HttpPort}/dashboard/Trace"), TestContext.Current.CancellationToken);
        using StreamReader reader = new(stream);
        await reader.ReadLineAsync(TestContext.Current.CancellationToken);

        silo.Terminate();

        await Condition.EndsAsync(reader.ReadToEndAsync(TestContext.Current.CancellationToken), "the stream's end");
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/health/live")).Status);
        await silo.UntilReadyIsAsync(false);
    }

    [Fact]
    public async Task Stop_HalfARequestHasArrived_EndsWithZero()
    {
        using SiloRun silo = new();
        await silo.UntilReadyIsAsync(true);
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, silo.HttpPort, TestContext.Current.CancellationToken);
        await using NetworkStream stream = client.GetStream();

        // A whole one first, so that the connection is the server's and not only the system's.
        await stream.WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        byte[] answer = new byte[1024];
        int read = await stream.ReadAsync(answer, TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(answer, 0, read), StringComparison.Ordinal);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHo"u8.ToArray(), TestContext.Current.CancellationToken);

        silo.Terminate();

        Assert.Equal((0, ""), (await silo.EndedAsync(), await silo.Errors));
    }

    [Fact]
    public async Task Stop_ASecondSignal_EndsAtOnce()
    {
        using SiloRun silo = new("--drain-ms", "60000");
        await silo.UntilReadyIsAsync(true);
        silo.Terminate();
        await silo.UntilReadyIsAsync(false);

        silo.Terminate();

        Assert.Equal(
            (143, "orleansshards-silo: SIGTERM again: the process ends at once\n"), (await silo.EndedAsync(), await silo.Errors));
    }

    [Fact]
    public async Task Stop_TheDatabaseIsDown_EndsInTimeWithOneAndSaysSo()
    {
        await using TestSchema schema = new();
        NpgsqlConnectionStringBuilder address = new(schema.Options.ConnectionString);
        using TestProxy proxy = new(address.Host!, address.Port);
        (address.Host, address.Port) = ("127.0.0.1", proxy.Port);
        using SiloRun silo = new(
            "--cluster", "postgres", "--connection", address.ConnectionString, "--schema", schema.Name, "--cluster-id", schema.Name);
        await silo.UntilReadyIsAsync(true);

        proxy.Dispose();
        await silo.UntilAsync(
            "/health/ready", "a store out of reach",
            static (_, body) => body.GetProperty("reason").GetString()!.StartsWith("the store ", StringComparison.Ordinal));
        silo.Terminate();

        Assert.Equal(1, await silo.EndedAsync());
        string error = Assert.Single((await silo.Errors).Trim().Split('\n'));
        Assert.StartsWith("orleansshards-silo: the silo has not stopped within 20 s, and is ended:", error, StringComparison.Ordinal);
        await schema.AskAsync($"drop schema if exists {schema.Name}_membership cascade");
    }
}
