using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Client.Routing;

/// <summary>
/// A cluster of grains, as one process talks to it: a router on a thread of its own, whose calls are calls of grains.
/// It hears what the masters publish, so that a takeover costs its requests nothing where the notice arrives.
/// </summary>
public sealed class GrainClusterClient : IClusterClient
{
    private static readonly NodeAddress Router = NodeAddress.OfClient("router");

    private readonly RouterHost _host;
    private readonly ClusterDefinition _definition;
    private readonly GrainClusterClientOptions _options;
    private NoticeSubscription? _subscription;
    private volatile GrainCalls? _calls;

    /// <summary>A client that works from now on.</summary>
    /// <param name="grains">Where grains are found: a connected Orleans client, or a silo's own factory.</param>
    /// <param name="definition">The cluster.</param>
    /// <param name="options">How it behaves.</param>
    public GrainClusterClient(IGrainFactory grains, ClusterDefinition definition, GrainClusterClientOptions options)
    {
        _definition = definition;
        _options = options;
        _host = new RouterHost(new RouterHostOptions
        {
            CreateRouter = RouterFor,
            Call = Call,
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
    /// Sends nothing more until <see cref="Connect"/>: requests wait for that within their deadlines. What is under way
    /// ends as its calls end. One call of these two after another.
    /// </summary>
    public async Task DisconnectAsync()
    {
        _calls = null;
        if (Interlocked.Exchange(ref _subscription, null) is { } subscription)
            await subscription.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Uses this grain factory from now on: a silo that was restarted has a new one.</summary>
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
            : calls is null ? Task.FromException<Message>(new NotSentException("the connection to the cluster is being made anew"))
            : calls.CallAsync(to, request);
    }

    private void OnNotice(Message notice)
    {
        _host.Post(() => _host.OnNotice(notice));
        _options.Heard(notice);
    }

    private RouterNode RouterFor(Incarnation run) => new(new RouterOptions
    {
        Name = Router.Name,
        Run = run,
        Masters = _definition.Masters,
        Groups = _definition.Groups,
        ShardCount = _definition.ShardCount,
        RetryAfter = _options.RetryAfter,
        RetryAfterMax = _options.RetryAfterMax,
        AttemptsInDeadline = _options.AttemptsInDeadline,
    });
}

/// <summary>How a <see cref="GrainClusterClient"/> behaves.</summary>
public sealed record GrainClusterClientOptions
{
    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where alarms and defects are reported; called on any thread.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <summary>Told each notice that the masters publish, on any thread; throws nothing and returns soon.</summary>
    public Action<Message> Heard { get; init; } = static _ => { };

    /// <summary>
    /// Why nothing can be sent now, null where something can; asked before every call, on the router's thread. A request
    /// that met nothing else has not been carried out, and its outcome says so.
    /// </summary>
    /// <value>Null always unless set.</value>
    public Func<string?> Obstacle { get; init; } = static () => null;

    /// <summary>Ends what the client needs in this process, such as a silo or a connection; called when the client itself has
    /// stopped.</summary>
    /// <value>Nothing unless set.</value>
    public Func<Task> End { get; init; } = static () => Task.CompletedTask;

    /// <summary>The back-off before the first retry after a transient refusal; doubles with each retry.</summary>
    /// <value>5 ms unless set: a hand-over's pause is a handful of log writes.</value>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The longest back-off between two retries.</summary>
    /// <value>100 ms unless set.</value>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How many unanswered attempts a request's time is divided between.</summary>
    /// <value>3 unless set.</value>
    public int AttemptsInDeadline { get; init; } = 3;
}
