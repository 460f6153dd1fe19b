using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

/// <summary>
/// One replica of one log: loads the newest checkpoint, tails the log and applies it, and, when its node asks for it,
/// fences whoever wrote before, leads, puts what is proposed, and takes checkpoints. Masters, shadows and shards are
/// all this class with different state machines.
/// </summary>
/// <remarks>
/// <para>At any moment at most one replica's puts succeed: the writer of the newest term-start record. A replica that has
/// been fenced learns it from its next put or its next read's check, before it has told anybody anything wrong.</para>
/// <para>A proposal ends in exactly one notice: committed (durable and applied), refused (never in the log), or unknown
/// (in the log once, or never). A read ends in readable or refused.</para>
/// <para>Deadlines and intervals are met to a tick. Nothing that has to be safe depends on them.</para>
/// </remarks>
/// <typeparam name="TOutcome">What applying one entry tells whoever proposed it.</typeparam>
public sealed partial class LogReplica<TOutcome>
{
    private readonly LogName _log;
    private readonly WriterId _self;
    private readonly LogOptions _options;
    private readonly IStateMachine<TOutcome> _machine;
    private readonly LogFollower<TOutcome> _follower;
    private readonly List<LogIndex> _fences = [];
    private Instant _now;
    private ulong _operations;

    /// <summary>A replica that knows nothing yet and does nothing before <see cref="Start"/>.</summary>
    /// <param name="log">The log's name in the store.</param>
    /// <param name="self">This node and run: what its records are signed with.</param>
    /// <param name="options">Intervals and limits.</param>
    /// <param name="machine">The state, empty; the replica alone feeds it from now on.</param>
    public LogReplica(LogName log, WriterId self, LogOptions options, IStateMachine<TOutcome> machine)
    {
        _log = log;
        _self = self;
        _options = options;
        _machine = machine;
        _follower = new LogFollower<TOutcome>(machine);
        _proposals = new ProposalQueue(options.QueueBytesMax);
    }

    /// <summary>What the replica does now.</summary>
    public LogRole Role { get; private set; } = LogRole.Loading;

    /// <summary>How far the log is verified and applied.</summary>
    public LogCursor Applied => _follower.Cursor;

    /// <summary>Who put the newest term-start record that was applied; null in a log without one.</summary>
    public WriterId? Opener => _follower.Opener;

    /// <summary>
    /// When the newest put that proved this replica to lead was begun: a rival that waits for the log to be silent
    /// counts from there or later. Says nothing where it does not lead.
    /// </summary>
    public Instant ProvedAt { get; private set; }

    /// <summary>When the log was last seen to grow, or the replica started if that was later.</summary>
    public Instant GrownAt { get; private set; }

    /// <summary>Whether the durable end was reached since the start: before it, the state may be far behind.</summary>
    public bool IsCaughtUp { get; private set; }

    /// <summary>Why the replica does not get on, in the store's words; null while it does.</summary>
    public string? Stall { get; private set; }

    /// <summary>Bytes of records applied since the start; tells a shadow's lag in bytes.</summary>
    public long AppliedBytes { get; private set; }

    /// <summary>Begins to load and tail the log. Called once.</summary>
    public void Start(Instant now, LogOutput<TOutcome> output)
    {
        _now = now;
        GrownAt = now;
        Load(output);
    }

    /// <summary>
    /// Asks for leadership: read to the durable end, fence, lead. Ends in <see cref="LogNoticeKind.Led"/>, or in
    /// <see cref="LogNoticeKind.SteppedDown"/> where somebody else opened a term meanwhile. Until then the store's
    /// failures only delay it (<see cref="Stall"/>).
    /// </summary>
    /// <param name="now">The node's clock.</param>
    /// <param name="output">What is to be done, and what there is to tell.</param>
    /// <param name="goesOn">
    /// Asked at the durable end, right before each put of the term-start record: whether the reason to lead still holds in
    /// what was read by then. False ends the attempt (<see cref="LogNoticeKind.SteppedDown"/>) with nothing put. Null
    /// goes on in any case.
    /// </param>
    public void Lead(Instant now, LogOutput<TOutcome> output, Func<bool>? goesOn = null)
    {
        _now = now;
        switch (Role)
        {
            case LogRole.Loading:
                _goesOn = goesOn;
                _leadsWhenLoaded = true;
                break;
            case LogRole.Following:
                _goesOn = goesOn;
                Role = LogRole.Opening;
                Tail(output);
                break;
            case LogRole.Faulted:
                output.Notify(LogNoticeKind.SteppedDown, "the log is damaged, or differs from this replica's state");
                break;
            case LogRole.Opening:
            case LogRole.Leading:
                break;
        }
    }

    /// <summary>Gives leadership, or the attempt at it, up. What is under way ends unknown, what waits is refused.</summary>
    public void StepDown(Instant now, LogOutput<TOutcome> output)
    {
        _now = now;
        if (Role is LogRole.Leading or LogRole.Opening || _leadsWhenLoaded)
        {
            StepDown("asked to", output);
            Tail(output);
        }
    }

    /// <summary>Proposes an entry. Put with the next <see cref="Flush"/>, or the one after the put that is under way.</summary>
    /// <param name="entry">Its bytes; never changed from now on.</param>
    /// <param name="context">Comes back with the notice.</param>
    /// <param name="output">Told at once where the replica does not lead, or too much waits already.</param>
    public void Propose(ReadOnlyMemory<byte> entry, object? context, LogOutput<TOutcome> output)
    {
        if (Role != LogRole.Leading)
            output.Notify(LogNoticeKind.Refused, context, $"does not lead ({Role})");
        else if (!_proposals.TryAdd(new Proposal(entry, context)))
            output.Notify(LogNoticeKind.Refused, context, $"more than {_options.QueueBytesMax} bytes of proposals wait");
    }

    /// <summary>
    /// Asks for a linearizable read: <see cref="LogNoticeKind.Readable"/> comes when it is proved that this replica
    /// still led after the call, by a put that succeeded or by the absence of the next record; one proof serves all
    /// that wait.
    /// </summary>
    public void Read(object? context, LogOutput<TOutcome> output)
    {
        if (Role != LogRole.Leading)
        {
            output.Notify(LogNoticeKind.Refused, context, $"does not lead ({Role})");
            return;
        }

        _reads.Add(context);
    }

    /// <summary>A follower reads on at once: somebody said that there is more.</summary>
    public void Poll(Instant now, LogOutput<TOutcome> output)
    {
        _now = now;
        if (Role is LogRole.Following)
        {
            // The read that is under way may have been carried out before the record that is announced here was put.
            _pollAgain = _tailOp != default;
            Tail(output);
        }
    }

    /// <summary>A number for a request of the node's own to the store, which no request of the replica has.</summary>
    public OpId NewOp() => new(_self.Incarnation, ++_operations);

    /// <summary>Lets time pass: polls, heartbeats, retries, self-stop.</summary>
    public void Tick(Instant now, LogOutput<TOutcome> output)
    {
        _now = now;
        switch (Role)
        {
            case LogRole.Loading:
                RetryLoad(output);
                break;
            case LogRole.Following:
                PollWhenDue(output);
                break;
            case LogRole.Opening:
                RetryAttempt(output);
                PollWhenDue(output);
                break;
            case LogRole.Leading:
                TickLeading(output);
                break;
            case LogRole.Faulted:
                break;
        }
    }

    /// <summary>Puts what waits as one record, starts the check of waiting reads, and begins a checkpoint that is due.</summary>
    public void Flush(Instant now, LogOutput<TOutcome> output)
    {
        _now = now;
        if (Role == LogRole.Leading)
        {
            FlushLeading(output);
            BeginCheckpointWhenDue(output);
        }
    }

    /// <summary>Takes a store completion in; one of an earlier run, or that nobody waits for any more, is ignored.</summary>
    public void Completed(Instant now, StoreCompletion completion, LogOutput<TOutcome> output)
    {
        _now = now;
        try
        {
            Dispatch(completion, output);
        }
        catch (CorruptDataException damage)
        {
            Fault(damage.Message, output);
        }
    }

    private void Dispatch(StoreCompletion completion, LogOutput<TOutcome> output)
    {
        OpId op = completion.Op;
        if (op == _tailOp)
            OnTail(completion, output);
        else if (op == _attempt?.Op)
            OnAttempt(_attempt, completion, output);
        else if (op == _probe.Op)
            OnProbe(completion, output);
        else if (op == _checkpoint?.Op)
            OnCheckpoint(_checkpoint, completion, output);
        else if (op == _loadOp)
            OnLoad(completion, output);
    }

    private void Fault(string text, LogOutput<TOutcome> output)
    {
        if (Role is LogRole.Leading or LogRole.Opening || _leadsWhenLoaded)
            StepDown(text, output);

        Role = LogRole.Faulted;
        Stall = text;
        _tailOp = default;
        _loadOp = default;
        output.Effects.Add(new Effect.Alarm($"{_self.Node} stops reading log {_log} at {Applied.Index}: {text}"));
        output.Notify(LogNoticeKind.Faulted, text);
    }

    private OpId Ask(Func<OpId, StoreRequest> request, LogOutput<TOutcome> output)
    {
        OpId op = new(_self.Incarnation, ++_operations);
        output.Effects.Add(new Effect.Store(request(op)));
        return op;
    }
}
