using OrleansShards.Core.Json;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Workload;

/// <summary>
/// One hand-over with a client as its coordinator, until it is committed or rolled back. The cluster believes a coordinator, so
/// it must not confirm unless it knows that the target has the shard, or holds a snapshot. Some crash in an abort.
/// </summary>
internal sealed class HandOver(World world, GatewayCalls calls, Rng draws, ShardId shard, GroupId source, GroupId target)
{
    private const long DeadlineMsMax = 4_500;
    private const long PauseMax = 300_000;
    private const long DeadFor = 10_000_000;
    private const int TriesMax = 4;
    private const int DeathChecks = 100;
    private const long DeathCheckPause = 1_000;

    private readonly long _pauseMax = draws.Spread(1_000, PauseMax);
    private readonly long _deadlineMs = draws.Either(DeadlineMsMax, world.Options["request-ms"]);
    private readonly Habit _habit = (Habit)draws.Below(10);
    private readonly bool _diesInAnAbort = draws.Chance(Rng.Million * 2L / 3);
    private string _stage = "prepare";
    private JsonText _snapshot;
    private int _tries;
    private int _asked;
    private bool _isDoubtful;
    private bool _isAbortRefused;

    /// <summary>What sort of coordinator it is; with any other number it receives and confirms.</summary>
    private enum Habit
    {
        ChangesItsMind, // rolls back what it has just prepared
        IsImpatient, // rolls back while the target is receiving
        ConfirmsFirst, // holds the snapshot, and confirms before the target has received it
        IsInterferedWith, // somebody else sends an abort meanwhile
    }

    internal ShardId Shard => shard;

    internal bool IsOver { get; private set; }

    internal bool IsCommitted { get; private set; }

    private ShardOwnership SourceOwnership => world.Store.Of(LogName.Shard(source, shard)).Truth.Shard!.Ownership;

    public override string ToString() => $"hand-over of shard {shard} from {source} to {target}, at {_stage}";

    internal void Prepare() => Ask("prepare", source, new PrepareMigration(target), Prepare, outcome =>
    {
        if (outcome is ClientOutcome.Applied { Reply: ShardSnapshotReply reply })
            OnPrepared(reply.Snapshot);
        else
            End(isCommitted: false); // Rejected, or certainly not carried out.
    });

    private void OnPrepared(JsonText snapshot)
    {
        _snapshot = snapshot;
        switch (_habit)
        {
            case Habit.ChangesItsMind:
                Later(Abort);
                break;
            case Habit.IsImpatient:
                Send(target, new ReceiveShard(_snapshot, source));
                Later(Abort);
                break;
            case Habit.ConfirmsFirst:
                Later(ConfirmFirst);
                break;
            case Habit.IsInterferedWith:
                world.After(draws.Between(0, 3 * _pauseMax), () => Send(source, new AbortMigration()));
                Later(Receive);
                break;
            default:
                Later(Receive);
                break;
        }
    }

    private void Receive() => Ask("receive", target, new ReceiveShard(_snapshot, source), Receive, outcome =>
    {
        // The target may serve what another coordinator has sent, or have given it away since: then there is no way back.
        bool isThere = _isAbortRefused && outcome is ClientOutcome.Rejected refused && refused.Reply switch
        {
            ShardRefusal refusal => refusal.Owner == target || IsMovedOn(refusal),
            MasterRefusal { Kind: MasterRefusalKind.UnknownName } => IsGranted(),
            _ => false,
        };
        if (isThere || outcome is ClientOutcome.Applied)
            Later(Confirm);
        else if (_isAbortRefused)
            End(isCommitted: false); // Somebody else has ended the hand-over.
        else
            Later(Abort);
    });

    // The source refuses an abort only if the target has the shard, or had it before the cluster moved it on, and perhaps forgot it.
    private bool IsMovedOn(ShardRefusal refusal) =>
        refusal.Kind == ShardRefusalKind.Moved && IsGranted() && refusal.Epoch > SourceOwnership.Granted;

    // Also in an abort: a late repetition of the coordinator's abort may have begun another, which the target will refuse, too.
    private bool IsGranted() =>
        SourceOwnership is { Phase: TransferPhase.Aborting or TransferPhase.Sealed or TransferPhase.Granted } ownership
        && ownership.Other == target;

    private void ConfirmFirst() => Ask("confirm first", source, new ConfirmReceived(), ConfirmFirst, outcome =>
    {
        // Once it is confirmed, there is no way back.
        _isAbortRefused = outcome is ClientOutcome.Applied;
        if (_isAbortRefused)
            Later(Receive);
        else
            End(isCommitted: false);
    });

    private void Confirm() => Ask("confirm", source, new ConfirmReceived(), Confirm, outcome =>
    {
        if (outcome is not ClientOutcome.Applied && IsGranted())
        {
            // Somebody is rolling it back, or tried to. Whether the target discards the shard is still open.
            Later(Confirm);
        }
        else
        {
            End(isCommitted: outcome is ClientOutcome.Applied);
        }
    });

    /// <summary>Some coordinators crash as soon as the source has begun to roll back.</summary>
    private void WatchForDeath(int checks)
    {
        if (checks == 0 || !_diesInAnAbort || IsOver || world.IsHealed || _stage == "death")
            return;

        if (_stage == "abort" && SourceOwnership.Phase == TransferPhase.Aborting)
            Die();
        else
            world.After(DeathCheckPause, () => WatchForDeath(checks - 1));
    }

    private void Abort()
    {
        WatchForDeath(DeathChecks);
        Ask("abort", source, new AbortMigration(), Abort, outcome =>
        {
            if (outcome is ClientOutcome.Applied)
            {
                world.Count(FaultKind.HandOverAborted);
                End(isCommitted: false);
            }
            else
            {
                // The target has already served clients, or somebody has confirmed. The target may be waiting for this snapshot.
                _isAbortRefused = true;
                Later(Receive);
            }
        });
    }

    /// <summary>Crashes until some time after the healing. By then the abort must have ended without the coordinator.</summary>
    private void Die()
    {
        _stage = "death";
        _asked++;
        world.Count(FaultKind.CoordinatorDeath);
        world.After(DeadFor, () =>
        {
            if (!world.IsHealed || world.Now - world.HealedAt < DeadFor)
                Die();
            else if (SourceOwnership.Phase == TransferPhase.Aborting)
                throw new ViolationException("every-move-ends", $"{this}: nobody has carried the abort on");
            else
                Later(Abort);
        });
    }

    /// <summary>Repeats a request until its outcome is definite; also one that was not carried out in time.</summary>
    private void Ask(string stage, GroupId whom, Message request, Action again, Action<ClientOutcome> ended)
    {
        if (_stage != stage)
            (_stage, _tries, _isDoubtful) = (stage, 0, false);

        _tries++;
        int asked = ++_asked;
        ClientRequest.OfShard message = new(whom, shard, request);
        bool isSent = calls.Ask(draws.Pick(calls.Gateways), message, _deadlineMs, outcome =>
        {
            // A coordinator that has crashed meanwhile gets no reply.
            if (asked == _asked)
                OnReply(outcome, again, ended);
        }, isPatient: true);
        if (!isSent)
            Later(again);
    }

    private void Send(GroupId whom, Message request) =>
        calls.Ask(draws.Pick(calls.Gateways), new ClientRequest.OfShard(whom, shard, request), _deadlineMs, static _ => { });

    private void OnReply(ClientOutcome? outcome, Action again, Action<ClientOutcome> ended)
    {
        bool isDefinite = outcome is ClientOutcome.Applied or ClientOutcome.Rejected;
        _isDoubtful |= outcome is ClientOutcome.Unknown or null;
        bool isPatient = _stage is "confirm" or "confirm first" or "abort" || _isDoubtful || _isAbortRefused;
        if (_stage == "abort" && _isDoubtful && _diesInAnAbort && !world.IsHealed && SourceOwnership.Phase == TransferPhase.Aborting)
            Die();
        else if (isDefinite || (!isPatient && _tries >= TriesMax))
            ended(outcome!);
        else if (_stage == "receive" && _tries >= TriesMax && !_isAbortRefused)
            Later(Abort);
        else
            Later(again);
    }

    private void Later(Action step) => world.After(draws.Between(0, _pauseMax), step);

    private void End(bool isCommitted)
    {
        IsOver = true;
        IsCommitted = isCommitted;
        world.Trace?.Note($"{this} is over, {(isCommitted ? "committed" : "not committed")}");
    }
}
