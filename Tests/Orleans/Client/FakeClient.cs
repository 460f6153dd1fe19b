using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansShards.Client;
using OrleansShards.Client.Connecting;
using OrleansShards.Client.Diagnostics;
using OrleansShards.Client.Requests;
using OrleansShards.Core.Masters;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>A client of a <see cref="FakeCluster"/>.</summary>
internal sealed class FakeClient : IDisposable
{
    internal FakeClient(
        ShardsClientOptions? options = null, TimeProvider? clock = null, bool connected = true, IMeterFactory? meters = null)
    {
        Metrics = new ShardsClientMetrics(meters);
        IOptions<ShardsClientOptions> given = Options.Create(options ?? new ShardsClientOptions());
        Tracker = new RequestTracker(Connection, Metrics, given, clock ?? TimeProvider.System);
        Client = new ShardsClient(Tracker, Connection, News, given, clock ?? TimeProvider.System);
        Admin = new ShardsAdmin(Tracker, given);
        if (connected)
            Connection.Open(Cluster);
    }

    internal FakeCluster Cluster { get; } = new();

    internal ShardsClientMetrics Metrics { get; }

    internal ClusterConnection Connection { get; } = new();

    internal PrimaryNews News { get; } = new(NullLogger<PrimaryNews>.Instance);

    internal RequestTracker Tracker { get; }

    internal IShardsClient Client { get; }

    internal IShardsAdmin Admin { get; }

    internal static CallOptions Within(int milliseconds) => new() { Deadline = TimeSpan.FromMilliseconds(milliseconds) };

    internal Task<KeyResult> Put(CallOptions? call = null) =>
        Client.PutAsync("key", 1, call: call, cancellationToken: TestContext.Current.CancellationToken);

    internal Task<KeyResult> PutUntil(CancellationToken cancellationToken) =>
        Client.PutAsync("key", 1, cancellationToken: cancellationToken);

    internal void Tell(PrimaryChanged news) => News.Publish(news);

    public void Dispose()
    {
        Tracker.Dispose();
        Metrics.Dispose();
    }
}
