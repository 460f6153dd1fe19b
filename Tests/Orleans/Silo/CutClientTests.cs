using System.Net;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Workload;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>A client that no longer reaches one of the silos' gateways, and goes through another.</summary>
public sealed class CutClientTests
{
    private const int Keys = 32;
    private const string ClusterId = "cut";

    // A silo keeps answers for a client that it has lost. Orleans lets them lie for a minute at least.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    // A gateway knows itself by its port on any loopback address.
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    [Fact(Timeout = 180_000)]
    public async Task Cut_ToOneSilo_ItsGrainsAnswerThroughTheOther()
    {
        using TemporaryDirectory directory = new();
        using SiloRun first = Start("n1", directory.Path);
        using SiloRun second = Start("n2", directory.Path);
        await first.UntilReadyIsAsync(true);
        await second.UntilReadyIsAsync(true);
        using TestProxy line = new("127.0.0.1", second.GatewayPort, second.GatewayPort, Elsewhere);
        await using OutsideClient client = await OutsideClient.ConnectAsync(
            ClusterId, [new IPEndPoint(IPAddress.Loopback, first.GatewayPort), new IPEndPoint(Elsewhere, second.GatewayPort)]);
        await WriteAllAsync(client);

        line.Dispose();

        await WriteAllAsync(client).WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    private static SiloRun Start(string group, string directory) => new(
        "--cluster", "directory", "--data", directory, "--cluster-id", ClusterId, "--nodes", "n1,n2", "--groups", group, "--shards", "8");

    private static async Task WriteAllAsync(OutsideClient client)
    {
        for (int key = 0; key < Keys; key++)
        {
            KeyCommand write = KeyOperation.Write($"k{key}", $"{key}");
            while (await client.AskAsync(new ClientRequest.OnKey(write, null, SessionTag.None), Deadline) is not ClientOutcome.Applied)
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }
}
