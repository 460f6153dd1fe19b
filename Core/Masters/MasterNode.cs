using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>
/// A master: primary while its term is the newest in the log, shadow otherwise. Its role follows from the log alone: the
/// master whose term-start record is the newest leads, the other one tails.
/// </summary>
/// <remarks>
/// <para>A primary's answer about the shard map is durable or proved by the log. It answers a heartbeat and a query of the
/// shadow's status by itself for no longer than the self-stop after its last put, and from the log after that.</para>
/// <para>Every request ends in one answer: within the self-stop if it waits for the log, else within
/// <see cref="MasterConfig.WaitLimit"/> and <see cref="MasterConfig.ForwardLimit"/>.</para>
/// </remarks>
public sealed partial class MasterNode : INode
{
    private readonly MasterContext _context;
    private readonly FailureDetector _detector;
    private readonly ClusterBootstrap _bootstrap;
    private readonly FailoverCoordinator _failover;
    private readonly SwitchoverCoordinator _switchover;
    private readonly ShadowRole _shadow;
    private readonly List<UndurableDecision> _undurable = [];
    private PrimaryRole? _primary;
    private Instant _leadAt;
    private bool _hasLed;
    private bool _isOtherClusters;

    /// <summary>Creates a master that does nothing before <see cref="Event.Started"/>.</summary>
    /// <param name="config">Its options, which have no problem (<see cref="MasterConfig.Problems"/>).</param>
    /// <param name="run">This run.</param>
    public MasterNode(MasterConfig config, Incarnation run)
    {
        _context = new MasterContext(config, run);
        _detector = new FailureDetector(config.DetectAfter, config.OwnPauseAfter);
        _bootstrap = new ClusterBootstrap(_context);
        _failover = new FailoverCoordinator(_context);
        _switchover = new SwitchoverCoordinator(_context, _failover, Dispatch);
        _shadow = new ShadowRole(_context);
    }

    /// <inheritdoc />
    public NodeAddress Address => NodeAddress.Of(_context.Self);

    /// <summary>The role of its log's replica.</summary>
    public LogRole Role => _context.Log.Role;

    /// <summary>The last record of its log that is applied.</summary>
    public LogCursor Applied => _context.Log.Applied;

    /// <summary>What it has decided or replayed. Read-only for others.</summary>
    public MasterState State => _context.State;

    /// <summary>Why it makes no progress, in the store's words; null while it does.</summary>
    public string? Stall => _context.Log.Stall;

    /// <summary>
    /// While this master leads: how long ago it heard from its shadow, or, if it never did, since when it leads. Null if it does not lead,
    /// and for a cluster with one master.
    /// </summary>
    public TimeSpan? ShadowSilence => _primary?.Shadow.Silence;

    /// <summary>Decisions of earlier leaderships that never became durable, the newest last.</summary>
    public IReadOnlyList<UndurableDecision> Undurable => _undurable;

    /// <inheritdoc />
    public void Step(Instant now, Event happened, List<Effect> effects)
    {
        _context.Begin(now, happened, effects);
        _detector.Step(now);
        switch (happened)
        {
            case Event.Started:
                _context.Log.Start(now, _context.Output);
                break;
            case Event.Tick:
                _context.Log.Tick(now, _context.Output);
                break;
            case Event.Flush:
                _context.Log.Flush(now, _context.Output);
                break;
            case Event.Stored stored:
                if (stored.Completion is StoreCompletion.Read)
                    _detector.OnRead(now);

                _context.Log.OnCompletion(now, stored.Completion, _context.Output);
                break;
            case Event.Called called:
                Dispatch(called.Id, called.Request);
                break;
            case Event.Answered answered when _context.Calls.TryClose(answered.Id, out MasterCall call):
                OnCallEnded(call, answered.Reply, isDelivered: true);
                break;
            case Event.CallFailed failed when _context.Calls.TryClose(failed.Id, out MasterCall call):
                OnCallEnded(call, null, failed.Delivered);
                break;
            case Event.Answered or Event.CallFailed:
                break;
            case Event.Published published:
                OnPublished(published.Notice);
                break;
            default:
                throw new InvalidOperationException($"a master does not take {happened.GetType().Name}");
        }

        Drain();
        _context.Commits.Learn(_context);
        React(happened is Event.Tick);
        Drain();
    }

    private void Dispatch(CallId call, Message request)
    {
        switch (request)
        {
            case CreateCluster create:
                _bootstrap.OnRequest(call, create);
                break;
            case TriggerFailover trigger:
                _failover.OnRequest(call, trigger);
                break;
            case LogGrew grew:
                _shadow.OnLogGrew(call, grew);
                break;
            case Switchover change when _primary is not null:
                _switchover.OnRequest(call, change.To);
                break;
            case QueryShadowStatus when _primary is null:
                _shadow.Status(call);
                break;
            case var _ when _primary is null:
                _context.Answer(call, _context.NotPrimary());
                break;
            default:
                _primary.OnRequest(call, request);
                break;
        }
    }

    private void OnCallEnded(MasterCall purpose, Message? reply, bool isDelivered)
    {
        switch (purpose)
        {
            case MasterCall.Grew:
                _primary?.Shadow.OnReply(reply);
                break;
            case MasterCall.Forwarded forwarded:
                _context.Answer(forwarded.Caller, reply ?? Unanswered(isDelivered));
                break;
            case MasterCall.Commanded commanded:
                _primary?.Moves.Driver.OnReply(commanded.Pending, commanded.Command, reply);
                break;
            case MasterCall.Sized sized:
                sized.Inquiry.OnReply(_context, sized.Number, reply);
                break;
        }
    }

    private Message Unanswered(bool isDelivered) => isDelivered
        ? new MasterUnknown("the shadow has not answered")
        : _context.Refusal(MasterRefusalKind.Unavailable, "the shadow cannot be reached");

    /// <summary>Another master announced a higher term: reads the log, and steps down if the log has that term.</summary>
    private void OnPublished(Message notice)
    {
        if (notice is PrimaryChanged changed && changed.Term > _context.Term)
        {
            _context.Log.Poll(_context.Now, _context.Output);
            if (_context.Leads)
                _context.VerifyLeadership();
        }
    }
}
