using OrleansShards.Core.Json;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Workload;

/// <summary>
/// One hand-over of a shard with a client as its coordinator: prepare, receive, confirm, or an abort at some point.
/// It goes on until it is ended one way or the other, whatever happens meanwhile.
/// </summary>
/// <remarks>
/// What it may not do, because its word counts: confirm what it neither knows to be received nor holds a snapshot of. A
/// few coordinators die in the middle of an abort, which then has to come to an end without them.
/// </remarks>
internal sealed class HandOver
{
    private const long DeadlineMs = 4_500;
    private const long PauseMax = 300_000;
    private const long DeadFor = 10_000_000;
    private const int TriesMax = 4;
    private const int DeathLooks = 100;
    private const long DeathLookPause = 1_000;

    private readonly World _world;
    private readonly GatewayCalls _calls;
    private readonly IReadOnlyList<NodeAddress> _gateways;
    private readonly Rng _draws;
    private readonly long _pauseMax;
    private readonly Habit _habit;
    private readonly bool _diesInAnAbort;
    private JsonText _snapshot;
    private int _tries;
    private int _asked;
    private bool _isDoubtful;
    private bool _isAbortRefused;

    internal HandOver(
        World world, GatewayCalls calls, IReadOnlyList<NodeAddress> gateways, Rng draws,
        ShardId shard, GroupId source, GroupId target)
    {
        _world = world;
        _calls = calls;
        _gateways = gateways;
        _draws = draws;
        Shard = shard;
        Source = source;
        Target = target;
        _pauseMax = draws.Spread(1_000, PauseMax);
        _habit = (Habit)draws.Below(10);
        _diesInAnAbort = draws.Chance(Rng.Million * 2L / 3);
    }

    /// <summary>What sort of coordinator it is; any other number than these goes straight on.</summary>
    private enum Habit
    {
        /// <summary>Rolls back what it has just prepared.</summary>
        ChangesItsMind = 0,

        /// <summary>Rolls back while the target is receiving.</summary>
        IsImpatient = 1,

        /// <summary>Holds the snapshot, and has the source delete its copy before the target has one.</summary>
        ConfirmsFirst = 2,

        /// <summary>Somebody else rolls it back in the midst of it.</summary>
        IsInterferedWith = 3,
    }

    internal ShardId Shard { get; }

    internal GroupId Source { get; }

    internal GroupId Target { get; }

    internal bool IsOver { get; private set; }

    internal bool IsCommitted { get; private set; }

    internal string Stage { get; private set; } = "prepare";

    private ShardOwnership SourceOwnership => _world.Store.Of(LogName.Shard(Source, Shard)).Truth.Shard!.Ownership;

    public override string ToString() => $"hand-over of shard {Shard} from {Source} to {Target}, at {Stage}";

    internal void Prepare() => Ask("prepare", Source, new PrepareMigration(Target), Prepare, outcome =>
    {
        if (outcome is ClientOutcome.Applied { Reply: ShardSnapshotReply reply })
        {
            _snapshot = reply.Snapshot;
            GoOn();
        }
        else
        {
            // Rejected, or not carried out and never to be.
            Over(isCommitted: false);
        }
    });

    private void GoOn()
    {
        switch (_habit)
        {
            case Habit.ChangesItsMind:
                Later(Abort);
                break;
            case Habit.IsImpatient:
                Send(Target, new ReceiveShard(_snapshot, Source));
                Later(Abort);
                break;
            case Habit.ConfirmsFirst:
                Later(ConfirmFirst);
                break;
            case Habit.IsInterferedWith:
                _world.After(_draws.Between(0, 3 * _pauseMax), () => Send(Source, new AbortMigration()));
                Later(Receive);
                break;
            default:
                Later(Receive);
                break;
        }
    }

    /// <summary>A coordinator that is sure of nothing else confirms only what the target has said that it has.</summary>
    private void Receive() => Ask("receive", Target, new ReceiveShard(_snapshot, Source), Receive, outcome =>
    {
        if (outcome is ClientOutcome.Applied)
        {
            Later(Confirm);
        }
        else if (_isAbortRefused && outcome is ClientOutcome.Rejected { Reply: ShardRefusal refusal }
            && (refusal.Owner == Target || IsTakenFurther(refusal)))
        {
            // The target serves what another coordinator has brought, or has given it on: only forward.
            Later(Confirm);
        }
        else if (_isAbortRefused)
        {
            // Somebody else has ended it, one way or the other.
            Over(isCommitted: false);
        }
        else
        {
            Later(Abort);
        }
    });

    // The source may only have refused the abort because the target has the shard, or had it before the cluster moved it on.
    private bool IsTakenFurther(ShardRefusal refusal) => refusal.Kind == ShardRefusalKind.Moved
        && SourceOwnership is { Phase: TransferPhase.Sealed or TransferPhase.Granted } ownership
        && ownership.Other == Target && refusal.Epoch > ownership.Granted;

    private void ConfirmFirst() => Ask("confirm first", Source, new ConfirmReceived(), ConfirmFirst, outcome =>
    {
        if (outcome is ClientOutcome.Applied)
        {
            // There is no way back.
            _isAbortRefused = true;
            Later(Receive);
        }
        else
        {
            Over(isCommitted: false);
        }
    });

    private void Confirm() => Ask("confirm", Source, new ConfirmReceived(), Confirm, outcome =>
    {
        if (outcome is not ClientOutcome.Applied
            && SourceOwnership is { Phase: TransferPhase.Aborting or TransferPhase.Sealed or TransferPhase.Granted } ownership
            && ownership.Other == Target)
        {
            // Not now: somebody is rolling it back, or was refused that. Whether the target discards is still to be seen.
            Later(Confirm);
            return;
        }

        Over(isCommitted: outcome is ClientOutcome.Applied);
    });

    private void Abort()
    {
        WatchForDeath(DeathLooks);
        AskToAbort();
    }

    /// <summary>Some die as soon as the source has begun to roll back, and never hear what came of it.</summary>
    private void WatchForDeath(int looks)
    {
        if (looks == 0 || !_diesInAnAbort || IsOver || _world.IsHealed || Stage == "death")
            return;

        if (Stage == "abort" && SourceOwnership.Phase == TransferPhase.Aborting)
            Die();
        else
            _world.After(DeathLookPause, () => WatchForDeath(looks - 1));
    }

    private void AskToAbort() => Ask("abort", Source, new AbortMigration(), Abort, outcome =>
    {
        if (outcome is ClientOutcome.Applied)
        {
            _world.Count(FaultKind.HandOverAborted);
            Over(isCommitted: false);
        }
        else
        {
            // Clients were served at the target already, or somebody has confirmed: it may be this one's snapshot that
            // the target waits for.
            _isAbortRefused = true;
            Later(Receive);
        }
    });

    /// <summary>It is dead until everything is well again. By then the abort has to have ended by itself.</summary>
    private void Die()
    {
        Stage = "death";
        _asked++;
        _world.Count(FaultKind.CoordinatorDeath);
        _world.After(DeadFor, () =>
        {
            if (!_world.IsHealed)
                Die();
            else if (_world.Now - _world.HealedAt < DeadFor)
                Die();
            else if (SourceOwnership.Phase == TransferPhase.Aborting)
                throw new ViolationException("every-move-ends", $"{this}: nobody has carried the abort on");
            else
                Later(Abort);
        });
    }

    /// <summary>Asks until there is a definite answer; what was refused for want of time is asked again, too.</summary>
    private void Ask(string stage, GroupId whom, Message request, Action again, Action<ClientOutcome> ended)
    {
        if (Stage != stage)
            (Stage, _tries, _isDoubtful) = (stage, 0, false);

        _tries++;
        int asked = ++_asked;
        ClientRequest.OfShard message = new(whom, Shard, request);
        bool isSent = _calls.Ask(
            _draws.Pick(_gateways), message, DeadlineMs, outcome => HeardOf(asked, outcome, again, ended), isPatient: true);
        if (!isSent)
            Later(again);
    }

    private void Send(GroupId whom, Message request) =>
        _calls.Ask(_draws.Pick(_gateways), new ClientRequest.OfShard(whom, Shard, request), DeadlineMs, static _ => { });

    // Who has died meanwhile hears nothing.
    private void HeardOf(int asked, ClientOutcome? outcome, Action again, Action<ClientOutcome> ended)
    {
        if (asked == _asked)
            OnReply(outcome, again, ended);
    }

    private void OnReply(ClientOutcome? outcome, Action again, Action<ClientOutcome> ended)
    {
        bool isDefinite = outcome is ClientOutcome.Applied or ClientOutcome.Rejected;
        _isDoubtful |= outcome is ClientOutcome.Unknown or null;
        bool isPatient = Stage is "confirm" or "confirm first" or "abort" || _isDoubtful || _isAbortRefused;
        if (Stage == "abort" && _isDoubtful && _diesInAnAbort && !_world.IsHealed && SourceOwnership.Phase == TransferPhase.Aborting)
            Die();
        else if (isDefinite || (!isPatient && _tries >= TriesMax))
            ended(outcome!);
        else if (Stage == "receive" && _tries >= TriesMax && !_isAbortRefused)
            Later(Abort);
        else
            Later(again);
    }

    private void Later(Action step) => _world.After(_draws.Between(0, _pauseMax), step);

    private void Over(bool isCommitted)
    {
        IsOver = true;
        IsCommitted = isCommitted;
        _world.Trace?.Note($"{this} is over, {(isCommitted ? "committed" : "not committed")}");
    }
}
