using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Client.Routing;

/// <summary>
/// The connection to a cluster of grains: a router whose calls are grain calls. It subscribes to the masters' notices, so that a takeover
/// does not delay requests if the notice arrives.
/// </summary>
public sealed class GrainClusterClient : IClusterClient
{
    private readonly RouterHost _host;
    private readonly ClusterDefinition _definition;
    private readonly GrainClusterClientOptions _options;
    private NoticeSubscription? _subscription;
    private volatile GrainCalls? _calls;
    private (GrainCalls? Calls, Incarnation Run, IShardFront? Front) _front;

    /// <summary>Starts a client over the factory of a connected Orleans client or of a silo.</summary>
    public GrainClusterClient(IGrainFactory grains, ClusterDefinition definition, GrainClusterClientOptions options)
    {
        _definition = definition;
        _options = options;
        _host = new RouterHost(new RouterHostOptions
        {
            CreateRouter = RouterFor,
            Call = Call,
            Front = FrontFor,
            Clock = options.Clock,
            Report = options.Report,
        });
        Connect(grains);
    }

    /// <inheritdoc />
    public void Post(Action turn) => _host.Post(turn);

    /// <inheritdoc />
    public void Submit(ClientRequest request, TimeSpan deadline, IOutcomeReceiver receiver) =>
        _host.Submit(request, deadline, receiver);

    /// <summary>
    /// Sends nothing more until <see cref="Connect"/>: requests wait for that within their deadlines. Calls under way end
    /// normally. Do not call these two concurrently.
    /// </summary>
    public async Task DisconnectAsync()
    {
        _calls = null;
        if (Interlocked.Exchange(ref _subscription, null) is { } subscription)
            await subscription.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Uses another grain factory from now on: a silo that was restarted has a new one.</summary>
    public void Connect(IGrainFactory grains)
    {
        _subscription = new NoticeSubscription(grains, _definition, _options.Clock, OnNotice);
        _calls = new GrainCalls(grains, _definition);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await DisconnectAsync().ConfigureAwait(false);
        await _host.DisposeAsync().ConfigureAwait(false);
        await _options.End().ConfigureAwait(false);
    }

    private Task<Message> Call(NodeAddress to, Message request)
    {
        GrainCalls? calls = _calls;
        return _options.Obstacle() is { } reason ? Task.FromException<Message>(new NotSentException(reason))
            : calls is null ? Task.FromException<Message>(new NotSentException("the client is reconnecting to the cluster"))
            : calls.CallAsync(to, request);
    }

    // In a router's turn.
    private IShardFront? FrontFor(Incarnation run)
    {
        GrainCalls? calls = _calls;
        if (calls is null || _options.Obstacle() is not null)
            return null;

        if (_front.Calls != calls || _front.Run != run)
            _front = (calls, run, calls.Front($"{run}"));

        return _front.Front;
    }

    private void OnNotice(Message notice)
    {
        _host.Post(() => _host.OnNotice(notice));
        _options.OnNotice(notice);
    }

    private RouterNode RouterFor(Incarnation run) => new(new RouterOptions
    {
        Name = "router",
        Run = run,
        Masters = _definition.Masters,
        Groups = _definition.Groups,
        ShardCount = _definition.ShardCount,
        Retry = _options.Retry,
        Counts = _options.Counts,
        Limits = _options.Limits,
    });
}

/// <summary>Options of a <see cref="GrainClusterClient"/>.</summary>
public sealed record GrainClusterClientOptions
{
    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Reports alarms and defects; called on any thread.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <summary>Called with each notice of the masters, on any thread; must be short and must not throw.</summary>
    public Action<Message> OnNotice { get; init; } = static _ => { };

    /// <summary>
    /// Why nothing can be sent now, or null (always, unless set). Called before every call, in a turn of the router. A request
    /// that was stopped only by this ends as not executed.
    /// </summary>
    public Func<string?> Obstacle { get; init; } = static () => null;

    /// <summary>Called when the client has stopped, to stop its silo or its connection. Does nothing unless set.</summary>
    public Func<Task> End { get; init; } = static () => Task.CompletedTask;

    /// <summary>How large data may be: a request beyond it is refused and not sent.</summary>
    public DataLimits Limits { get; init; } = new();

    /// <summary>When requests are retried.</summary>
    public RetryOptions Retry { get; init; } = RetryOptions.Default;

    /// <summary>Where retries and redirects are counted.</summary>
    public RouterCounts Counts { get; init; } = new();
}
