using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Hosting;
using IClusterClient = OrleansShards.Hosting.IClusterClient;

namespace OrleansShards.ClusterClient;

/// <summary>
/// A cluster of grains, as one process talks to it: a router on a thread of its own, whose calls are calls of grains.
/// It hears what the masters publish, so that a takeover costs its requests nothing where the notice arrives.
/// </summary>
public sealed class GrainClusterClient : IClusterClient
{
    private static readonly NodeAddress Router = NodeAddress.OfClient("router");

    private readonly NodeHost _host;
    private readonly NoticeSubscription _subscription;
    private readonly GrainClusterClientOptions _options;

    /// <summary>A client that works from now on.</summary>
    /// <param name="grains">Where grains are found: a connected Orleans client, or a silo's own factory.</param>
    /// <param name="definition">The cluster.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="report">Where alarms and defects are reported; called on any thread.</param>
    public GrainClusterClient(
        IGrainFactory grains, ClusterDefinition definition, TimeProvider clock, Action<string> report)
        : this(grains, definition, new GrainClusterClientOptions { Clock = clock, Report = report })
    {
    }

    /// <summary>A client that works from now on.</summary>
    /// <param name="grains">Where grains are found: a connected Orleans client, or a silo's own factory.</param>
    /// <param name="definition">The cluster.</param>
    /// <param name="options">How it behaves.</param>
    public GrainClusterClient(IGrainFactory grains, ClusterDefinition definition, GrainClusterClientOptions options)
    {
        _options = options;
        GrainCalls calls = new(grains, definition);
        _host = new NodeHost(null, new NodeHostOptions
        {
            CreateNode = (address, run) => address == Router ? RouterFor(definition, run) : null,
            CallRemote = (to, request) => options.Obstacle() is { } reason
                ? Task.FromException<Message>(new NotSentException(reason))
                : calls.CallAsync(to, request),
            Clock = options.Clock,
            Report = options.Report,
        });
        _subscription = new NoticeSubscription(grains, definition, options.Clock, Hear);
    }

    /// <inheritdoc />
    public void Post(Action turn) => _host.Post(turn);

    /// <inheritdoc />
    public void Submit(ClientRequest request, TimeSpan deadline, IOutcomeReceiver receiver) =>
        _host.Submit(Router, request, deadline, receiver);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _subscription.DisposeAsync().ConfigureAwait(false);
        await _host.DisposeAsync().ConfigureAwait(false);
    }

    private void Hear(Message notice)
    {
        _host.Post(() => _host.Hear(notice));
        _options.Heard(notice);
    }

    private RouterNode RouterFor(ClusterDefinition definition, Incarnation run) => new(new RouterOptions
    {
        Name = Router.Name,
        Run = run,
        Masters = definition.Masters,
        Groups = definition.Groups,
        ShardCount = definition.ShardCount,
        RetryAfter = _options.RetryAfter,
        RetryAfterMax = _options.RetryAfterMax,
        AttemptsInDeadline = _options.AttemptsInDeadline,
    });
}
