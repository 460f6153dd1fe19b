using System.Diagnostics.Metrics;
using OrleansShards.Client.Routing;

namespace OrleansShards.Client.Diagnostics;

/// <summary>All metrics of a client. Thread-safe. While nobody listens, a call costs a comparison and allocates nothing.</summary>
internal sealed class ShardsClientMetrics : IDisposable
{
    // From a silo on the same machine to a move of a large shard.
    private static readonly InstrumentAdvice<double> Times = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private readonly Meter _meter;
    private readonly Histogram<double> _requests;
    private volatile int _connections;

    /// <summary>With a meter of the application's factory; without one, a meter that belongs to this client.</summary>
    internal ShardsClientMetrics(IMeterFactory? meters)
    {
        _meter = meters?.Create(ShardsClientDiagnostics.MeterName) ?? new Meter(ShardsClientDiagnostics.MeterName);
        _requests = _meter.CreateHistogram(
            "orleansshards.client.request.duration", "s", "How long a request took, from the call to its outcome.", tags: null, Times);
        _meter.CreateObservableUpDownCounter(
            "orleansshards.client.active_requests", () => InFlight(), "{request}", "Requests in flight.");
        _meter.CreateObservableCounter("orleansshards.client.retries", Retries, "{retry}", "Requests that were sent again.");
        _meter.CreateObservableCounter(
            "orleansshards.client.redirects", () => Counts.Redirects, "{redirect}",
            "Requests that were sent on to the node that a refusal named.");
        _meter.CreateObservableUpDownCounter(
            "orleansshards.client.connection.count", () => _connections, "{connection}", "Silos that the client is connected to.");
    }

    internal RouterCounts Counts { get; } = new();

    /// <summary>How many requests are in flight; set by their tracker.</summary>
    internal Func<int> InFlight { get; set; } = static () => 0;

    /// <summary>How many silos the client is connected to.</summary>
    internal int Connections
    {
        get => _connections;
        set => _connections = value;
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>A request has ended; with null, because its caller cancelled it before it was sent.</summary>
    internal void Ended(ClientRequest request, ClientOutcome? outcome, TimeSpan took)
    {
        if (_requests.Enabled)
        {
            _requests.Record(
                took.TotalSeconds,
                new KeyValuePair<string, object?>("kind", ClientRequestNames.KindOf(request)),
                new KeyValuePair<string, object?>("outcome", ClientRequestNames.Of(outcome)));
        }
    }

    private IEnumerable<Measurement<long>> Retries() =>
    [
        new(Counts.RetriesAfterRefusal, new KeyValuePair<string, object?>("reason", "refused")),
        new(Counts.RetriesAfterSilence, new KeyValuePair<string, object?>("reason", "unanswered")),
    ];
}
