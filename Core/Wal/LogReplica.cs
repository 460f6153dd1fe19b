using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

/// <summary>
/// One replica of one log: loads the newest checkpoint, tails the log and applies it. On request it fences the previous
/// writer, leads, puts proposals (group commit) and takes checkpoints. Masters, shadows and shards use this class with
/// different state machines.
/// </summary>
/// <remarks>
/// <para>At any moment at most one replica's puts succeed: those of the writer of the newest term-start record. A fenced
/// replica learns it from its next put or the check of its next read, before it gives a wrong answer.</para>
/// <para>A proposal ends in exactly one notice: committed (durable and applied), refused (never in the log), or unknown
/// (in the log once, or never). A read ends in readable or refused.</para>
/// <para>Deadlines and intervals have the resolution of a tick. Safety does not depend on them.</para>
/// <para>The replica does nothing before <see cref="Start"/>. Its records name <c>self</c>, this node and run, as their writer.
/// The machine's state is empty at first, and only the replica changes it.</para>
/// </remarks>
public sealed partial class LogReplica<TOutcome>(LogName log, WriterId self, LogOptions options, IStateMachine<TOutcome> machine)
{
    private readonly LogName _log = log;
    private readonly WriterId _self = self;
    private readonly LogOptions _options = options;
    private readonly IStateMachine<TOutcome> _machine = machine;
    private readonly LogFollower<TOutcome> _follower = new(machine);
    private readonly List<LogIndex> _fences = [];
    private Instant _now;
    private RunNumbers _operations;

    /// <summary>The replica's role.</summary>
    public LogRole Role { get; private set; } = LogRole.Loading;

    /// <summary>How far the log is verified and applied.</summary>
    public LogCursor Applied => _follower.Cursor;

    /// <summary>The writer of the newest applied term-start record; null in a log without one.</summary>
    public WriterId? Opener => _follower.Opener;

    /// <summary>
    /// When the newest put that proved this replica's leadership was begun: a rival that waits for the log to be silent
    /// counts from then or later. Meaningless while the replica does not lead.
    /// </summary>
    public Instant ProvedAt { get; private set; }

    /// <summary>
    /// When this replica last knew the log's end: when the newest read that found nothing more, or put that was stored, was begun. What
    /// it applies next is not older. Null until then.
    /// </summary>
    public Instant? EndKnownAt { get; private set; }

    /// <summary>When the log was last seen to grow, or when the replica started if that is later.</summary>
    public Instant GrownAt { get; private set; }

    /// <summary>Whether the durable end was reached since the start; until then the state may be far behind.</summary>
    public bool IsCaughtUp { get; private set; }

    /// <summary>Why the replica makes no progress, as the store reports it; null while it does.</summary>
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
    /// Starts an attempt to lead: read to the durable end, fence, lead. Ends in <see cref="LogNoticeKind.LeadershipStarted"/>, or
    /// in <see cref="LogNoticeKind.SteppedDown"/> if another writer opened a term meanwhile. Until then the store's failures
    /// only delay it (<see cref="Stall"/>). <paramref name="shouldContinue"/> is called at the durable end before each put of
    /// the term-start record. If it returns false, the attempt ends without a put; null means always.
    /// </summary>
    public void Lead(Instant now, LogOutput<TOutcome> output, Func<bool>? shouldContinue = null)
    {
        _now = now;
        switch (Role)
        {
            case LogRole.Loading:
                _shouldContinue = shouldContinue;
                _leadsWhenLoaded = true;
                break;
            case LogRole.Following:
                _shouldContinue = shouldContinue;
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

    /// <summary>Gives up leadership or the attempt at it. The pending put ends unknown; what waits is refused.</summary>
    public void StepDown(Instant now, LogOutput<TOutcome> output)
    {
        _now = now;
        if (Role is LogRole.Leading or LogRole.Opening || _leadsWhenLoaded)
        {
            StepDown("asked to", output);
            Tail(output);
        }
    }

    /// <summary>
    /// Proposes an entry, whose bytes never change from now on. It is put with the next <see cref="Flush"/> after the pending
    /// put, or refused at once if the replica does not lead or too much waits already.
    /// </summary>
    public void Propose(ReadOnlyMemory<byte> entry, object? context, LogOutput<TOutcome> output)
    {
        if (Role != LogRole.Leading)
            output.Notify(LogNoticeKind.Refused, context, $"does not lead ({Role})");
        else if (!_proposals.TryAdd(new Proposal(entry, context)))
            output.Notify(LogNoticeKind.Refused, context, $"more than {_options.QueueBytesMax} bytes of proposals wait");
    }

    /// <summary>
    /// Requests a linearizable read: <see cref="LogNoticeKind.Readable"/> follows the proof that this replica still led
    /// after the call: a put that succeeded, or the absence of the next record. One proof serves all waiting reads.
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

    /// <summary>Has a follower read at once: the log is said to have grown.</summary>
    public void Poll(Instant now, LogOutput<TOutcome> output)
    {
        _now = now;
        if (Role == LogRole.Following)
        {
            // The pending read may have been carried out before the announced record was put.
            _pollAgain = _tailOp != default;
            Tail(output);
        }
    }

    /// <summary>A number for the node's own request to the store, which no request of the replica has.</summary>
    public OpId NewOp() => new(_self.Incarnation, _operations.Next());

    /// <summary>Lets time pass: polls, heartbeats, retries, self-stop.</summary>
    public void Tick(Instant now, LogOutput<TOutcome> output)
    {
        _now = now;
        switch (Role)
        {
            case LogRole.Loading when _loadOp == default && _now - _askedAt >= _options.StoreRetryInterval:
                Load(output);
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
            case LogRole.Loading or LogRole.Faulted:
                break;
        }
    }

    /// <summary>Puts waiting proposals as one record, starts the check of waiting reads, and begins a checkpoint that is due.</summary>
    public void Flush(Instant now, LogOutput<TOutcome> output)
    {
        _now = now;
        if (Role == LogRole.Leading)
        {
            FlushLeading(output);
            BeginCheckpointWhenDue(output);
        }
    }

    /// <summary>Handles a store completion. One of an earlier run, or of a request that is no longer pending, is ignored.</summary>
    public void OnCompletion(Instant now, StoreCompletion completion, LogOutput<TOutcome> output)
    {
        _now = now;
        OpId op = completion.Op;
        try
        {
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
        catch (CorruptDataException damage)
        {
            Fault(damage.Message, output);
        }
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

    private static OpId Ask(StoreRequest request, LogOutput<TOutcome> output)
    {
        output.Effects.Add(new Effect.Store(request));
        return request.Op;
    }
}

/// <summary>A replica's role in its log.</summary>
public enum LogRole
{
    /// <summary>Reads the newest checkpoint. Has no state yet; can neither serve reads nor lead.</summary>
    Loading = 1,

    /// <summary>Tails the log and applies it. Its state is a durable prefix. Left by <see cref="LogReplica{T}.Lead"/>.</summary>
    Following = 2,

    /// <summary>Reads to the durable end and puts a term-start record there. Leads when that is durable.</summary>
    Opening = 3,

    /// <summary>The log's writer, as far as it knows; every put and every check of a read shows whether it still is.</summary>
    Leading = 4,

    /// <summary>Found the log damaged, or itself different from it. Reads no further and can never lead.</summary>
    Faulted = 5,
}
