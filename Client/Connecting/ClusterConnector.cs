using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansShards.Client.Diagnostics;
using OrleansShards.Client.Requests;
using OrleansShards.Client.Routing;
using OrleansShards.Grains.Interfaces;
using IClusterClient = OrleansShards.Client.Routing.IClusterClient;

namespace OrleansShards.Client.Connecting;

/// <summary>
/// Connects in the background and retries until it succeeds. When the host stops, it drains the requests in flight, which end
/// by their deadlines, and then disconnects.
/// </summary>
internal sealed partial class ClusterConnector(
    IGrainSource source,
    ClusterConnection connection,
    RequestTracker requests,
    PrimaryNews news,
    ShardsClientMetrics metrics,
    IOptions<ShardsClientOptions> options,
    TimeProvider clock,
    ILogger<ClusterConnector> logger) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan DefinitionLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private GrainClusterClient? _cluster;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        connection.Obstacle = NoAnswer();
        _running = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        connection.Close();
        await requests.CloseAsync(cancellationToken).ConfigureAwait(false);
        await DisconnectAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        connection.Close();
        await DisconnectAsync().ConfigureAwait(false);
    }

    private async Task DisconnectAsync()
    {
        if (Interlocked.Exchange(ref _cluster, null) is { } cluster)
            await cluster.DisposeAsync().ConfigureAwait(false);

        requests.Abandon();
        await source.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await ConnectAsync().ConfigureAwait(false);
                return;
            }
            catch (Exception failure)
            {
                if (_stopping.IsCancellationRequested)
                    return;

                connection.Obstacle = source.Refusal ?? (failure is TimeoutException ? NoAnswer() : failure.Message);
                LogNotConnected(options.Value.ConnectRetryAfter.TotalMilliseconds, connection.Obstacle);
            }

            await Task.Delay(options.Value.ConnectRetryAfter, clock, _stopping.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ConnectAsync()
    {
        IGrainFactory grains = await source.ConnectAsync(_stopping.Token).ConfigureAwait(false);
        ClusterDefinition definition = await grains.GetGrain<IClusterGrain>(0).Definition()
            .WaitAsync(DefinitionLimit, clock, _stopping.Token).ConfigureAwait(false);
        _cluster = new GrainClusterClient(grains, definition, new GrainClusterClientOptions
        {
            Clock = clock,
            Report = LogReport,
            OnNotice = OnNotice,
            Limits = options.Value.Limits,
            Counts = metrics.Counts,
            Retry = new RetryOptions(options.Value.RetryAfter, options.Value.RetryAfterMax, options.Value.AttemptsInDeadline),
        });
        connection.Open(_cluster);
        LogConnected(definition);
    }

    private string NoAnswer() => $"no silo answers at {source.Asked}";

    private void OnNotice(Message notice)
    {
        if (notice is PrimaryChanged changed)
            news.Publish(changed);
    }

    [LoggerMessage(LogLevel.Information, "connected to the cluster ({Definition})")]
    private partial void LogConnected(ClusterDefinition definition);

    [LoggerMessage(LogLevel.Warning, "not connected, retrying in {PauseMs} ms: {Reason}")]
    private partial void LogNotConnected(double pauseMs, string reason);

    [LoggerMessage(LogLevel.Error, "{Report}")]
    private partial void LogReport(string report);
}

/// <summary>The state of the connection that calls wait for.</summary>
internal sealed class ClusterConnection
{
    private readonly TaskCompletionSource<IClusterClient> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null before the first connection.</summary>
    internal IClusterClient? Cluster => _connected.Task.IsCompletedSuccessfully ? _connected.Task.Result : null;

    /// <summary>Completes with the first connection; fails if the client was stopped before.</summary>
    internal Task<IClusterClient> Connected => _connected.Task;

    /// <summary>Why the last attempt failed, as text for an operator.</summary>
    internal string Obstacle { get; set; } = "the host has not started the client";

    internal void Open(IClusterClient cluster) => _connected.TrySetResult(cluster);

    internal void Close()
    {
        if (_connected.TrySetException(new ObjectDisposedException(nameof(IShardsClient), "the client was stopped")))
        {
            // Observe the exception: if no call waits, it must not surface as an unobserved task exception.
            _ = _connected.Task.Exception;
        }
    }
}
