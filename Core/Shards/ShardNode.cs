using OrleansShards.Core.Masters;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

/// <summary>
/// One group's copy of one shard as a node: leads its own log, carries out operations on keys, and takes part in hand-overs
/// and moves. After a crash it finds its phase in its log and continues from there.
/// </summary>
/// <remarks>
/// This class only dispatches: <see cref="KeyRequests"/> has the operations, <see cref="TransferRules"/> say which steps a
/// phase allows, and the other classes of <c>Transfer</c> run the steps.
/// </remarks>
public sealed class ShardNode : INode
{
    private readonly ShardTurn _turn;
    private readonly ShardLeadership _leadership;
    private readonly KeyRequests _keys;
    private readonly HandOverTarget _target;
    private readonly HandOverSource _source;
    private readonly HandOverAbort _abort;
    private readonly OwnerReports _reports;
    private readonly MoveSource _moveSource;
    private readonly MoveTarget _moveTarget;
    private readonly RestoreTarget _restore;
    private ulong _requestsSeen;

    /// <summary>A copy that does nothing before <see cref="Event.Started"/>.</summary>
    public ShardNode(ShardConfig config)
    {
        _turn = new ShardTurn(config);
        FirstUse firstUse = new(_turn);
        _leadership = new ShardLeadership(_turn, Dispatch);
        _moveSource = new MoveSource(_turn, firstUse, () => _leadership.IsLeading);
        _moveTarget = new MoveTarget(_turn, () => _leadership.IsLeading);
        _restore = new RestoreTarget(_turn, firstUse, () => _leadership.IsLeading);
        _keys = new KeyRequests(_turn, firstUse, () => _moveSource.MayRead);
        _target = new HandOverTarget(_turn);
        _source = new HandOverSource(_turn, firstUse);
        _abort = new HandOverAbort(_turn, () => _leadership.IsLeading);
        _reports = new OwnerReports(_turn, () => _leadership.IsLeading);
    }

    /// <inheritdoc/>
    public NodeAddress Address => _turn.Address;

    /// <summary>The state as far as this run has applied the log. For checkers and pages, which must not change it.</summary>
    public ShardState State => _turn.State;

    /// <summary>The copy's present role in its log.</summary>
    public LogRole Role => _turn.Replica.Role;

    /// <summary>How far the log is applied.</summary>
    public LogCursor Applied => _turn.Replica.Applied;

    /// <inheritdoc/>
    public void Step(Instant now, Event happened, List<Effect> effects)
    {
        _turn.Begin(now, effects);
        switch (happened)
        {
            case Event.Stored stored when _moveTarget.OnCompletion(stored.Completion):
                break;
            case Event.Stored stored:
                _turn.Replica.OnCompletion(now, stored.Completion, _turn.Output);
                break;
            case Event.Called call:
                _leadership.Receive(call);
                break;
            case Event.Flush:
                _turn.Replica.Flush(now, _turn.Output);
                break;
            case Event.Tick:
                _turn.Replica.Tick(now, _turn.Output);
                _turn.Tick();
                _leadership.Tick();
                _keys.Held.Tick();
                break;
            case Event.Answered answered:
                _turn.Answered(answered.Id, answered.Reply);
                break;
            case Event.CallFailed failed:
                _turn.Answered(failed.Id, null);
                break;
            case Event.Published { Notice: PrimaryChanged changed }:
                _turn.Primary.OnPrimary(changed.Primary, changed.Term);
                break;
            case Event.HostMeasured measured:
                _turn.HostBytes = measured.Bytes;
                break;
            case Event.Started:
                _leadership.Start();
                break;
        }

        TakeNotices();
        _moveSource.Advance();
        _moveTarget.Advance();
        _restore.Advance();
        _keys.Held.Advance();
        _reports.Advance();
        TakeNotices();
    }

    private void TakeNotices()
    {
        // A notice may cause further notices, which are added behind it.
        List<LogNotice<Message>> notices = _turn.Output.Notices;
        for (int i = 0; i < notices.Count; i++)
            Take(notices[i]);

        notices.Clear();
    }

    private void Take(in LogNotice<Message> notice)
    {
        switch (notice.Kind)
        {
            case LogNoticeKind.Committed when notice is { Context: Event.Called { Request: KeyRequest } key, Outcome: ShardRefusal }
                && _turn.Ownership.Phase == TransferPhase.SealedForMove:
                // An earlier entry has sealed the shard: the operation was not carried out, and is held like those that arrive now.
                _keys.Receive(key);
                break;
            case LogNoticeKind.Committed when notice.Context is Event.Called call:
                _turn.Answer(call, notice.Outcome!);
                break;
            case LogNoticeKind.Readable when notice.Context is Event.Called call:
                _keys.OnReadable(call);
                break;
            case LogNoticeKind.Committed or LogNoticeKind.Readable:
                ((LogWait)notice.Context!).Committed(notice.Outcome);
                break;
            case LogNoticeKind.Refused:
                Fail(notice.Context, Refusals.NotReady(_turn.Ownership, notice.Text ?? "this copy does not lead its log"));
                break;
            case LogNoticeKind.Unknown:
                Fail(notice.Context, new ShardUnknown(notice.Text ?? "the log was lost to another writer"));
                break;
            case LogNoticeKind.LeadershipStarted:
                OnLeadershipStarted();
                break;
            case LogNoticeKind.SteppedDown:
                _leadership.OnSteppedDown(notice.Text);
                _keys.Held.RefuseAll("this copy no longer leads its log");
                break;
            case LogNoticeKind.Faulted:
                _leadership.OnFaulted(notice.Text);
                _keys.Held.RefuseAll("the shard's log cannot be read");
                break;
            case LogNoticeKind.CaughtUp:
                break;
        }
    }

    private void OnLeadershipStarted()
    {
        _reports.OnLeadershipStarted();
        _moveSource.OnLeadershipStarted();
        _moveTarget.OnLeadershipStarted();
        _restore.OnLeadershipStarted();
        _leadership.OnLeadershipStarted();
        _abort.Drive();
    }

    private void Fail(object? context, Message message)
    {
        if (context is Event.Called call)
            _turn.Refuse(call, message);
        else
            ((LogWait)context!).Failed(message);
    }

    private void Dispatch(Event.Called call)
    {
        if (call.Request is not KeyRequest)
        {
            _turn.Gate(call, () => HandlerOf(call)());
            return;
        }

        _requestsSeen++;
        _keys.Receive(call);
    }

    private ShardActivity Activity() => new(
        _turn.Ownership.Phase, _turn.Ownership.Epoch, _turn.State.ClientSessions + _turn.State.RouterSessions, _requestsSeen);

    private Action HandlerOf(Event.Called call) => call.Request switch
    {
        SeedShard seed => () => _target.Seed(call, seed),
        ReceiveShard receive => () => _target.Receive(call, receive),
        HandOverStep step when HandOverSource.IsLate(step, _turn.Ownership) => () =>
            _turn.Answer(call, Refusals.TooLate(_turn.Ownership, step.MeantFor!.Value)),
        QueryOwnership query => () => _source.AnswerOwnership(call, query),
        PrepareMigration prepare => () => _source.Prepare(call, prepare),
        GetShardSnapshot => () => _source.Snapshot(call),
        ConfirmReceived => () => _source.Confirm(call),
        AbortMigration => () => _abort.Abort(call),
        QueryAvailability => () => _turn.Answer(call, new ShardAvailability(_turn.Ownership.Phase == TransferPhase.Serving)),
        RelinquishShard relinquish => () => _source.Relinquish(call, relinquish),
        CheckContent check => () => _source.Check(call, check),
        DiscardCopy discard => () => _target.Discard(call, discard),
        DriveMove order when order.Target == _turn.Self => () => _moveTarget.OnOrder(call, order),
        DriveMove order when order.Source == _turn.Self => () => _moveSource.OnOrder(call, order),
        SealForMove seal => () => _moveSource.Seal(call, seal),
        MoveReady ready => () => _moveSource.Ready(call, ready),
        QueryShardSize => () => _turn.Answer(
            call, new ShardSize(_turn.State.Keys, _turn.State.Receipt().Bytes)
            {
                Room = _turn.Room,
                LogBytes = _turn.Replica.BytesToLoad,
                Activity = Activity(),
                Holds = _turn.Ownership.Phase is not (TransferPhase.None or TransferPhase.Released)
                    || _turn.State.Receiving > MoveId.None,
            }),
        CheckpointShard checkpoint => () => _restore.Checkpoint(call, checkpoint),
        RestoreShard restore => () => _restore.Receive(call, restore),
        EndRestore end => () => _restore.End(call, end),
        QueryServing serving => () => _target.Serving(call, serving),
        _ => () => _turn.Answer(call, Refusals.Malformed(
            _turn.Ownership, $"a shard cannot be asked for {call.Request.GetType().Name}")),
    };
}
