using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Engine;
using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Workload;

/// <summary>
/// One hand-over of a shard with a client as its coordinator: prepare, receive, confirm, or an abort at some point.
/// It goes on until it is ended one way or the other, whatever happens meanwhile.
/// </summary>
internal sealed class HandOver(
    World world, Desk desk, IReadOnlyList<NodeAddress> gateways, Rng draws, ShardId shard, GroupId source, GroupId target)
{
    private const long DeadlineMs = 4_500;
    private const long PauseMax = 300_000;
    private const int TriesMax = 4;

    private readonly bool _changesItsMind = draws.Chance(Rng.Million / 5);
    private JsonText _snapshot;
    private int _tries;
    private bool _isDoubtful;
    private bool _isAbortRefused;

    internal ShardId Shard => shard;

    internal GroupId Source => source;

    internal GroupId Target => target;

    internal bool IsOver { get; private set; }

    internal bool IsCommitted { get; private set; }

    internal string Stage { get; private set; } = "prepare";

    public override string ToString() => $"hand-over of shard {shard} from {source} to {target}, at {Stage}";

    internal void Prepare() => Ask("prepare", source, new PrepareMigration(target), Prepare, outcome =>
    {
        if (outcome is ClientOutcome.Applied { Reply: ShardSnapshotReply reply })
        {
            _snapshot = reply.Snapshot;
            Later(_changesItsMind ? Abort : Receive);
        }
        else
        {
            // Rejected, or not carried out and never to be.
            Over(isCommitted: false);
        }
    });

    /// <summary>
    /// A coordinator that is sure of nothing else confirms only what the target has said that it has.
    /// </summary>
    private void Receive() => Ask("receive", target, new ReceiveShard(_snapshot, source), Receive, outcome =>
    {
        if (outcome is ClientOutcome.Applied)
        {
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

    private void Confirm() => Ask("confirm", source, new ConfirmReceived(), Confirm, outcome =>
    {
        if (outcome is not ClientOutcome.Applied && IsRollingBack)
        {
            // Not now: whether the target discards is still to be seen.
            Later(Confirm);
            return;
        }

        Over(isCommitted: outcome is ClientOutcome.Applied);
    });

    private bool IsRollingBack =>
        world.Store.Of(LogName.Shard(source, shard)).Truth.Shard!.Standing.Phase == ShardPhase.Aborting;

    private void Abort() => Ask("abort", source, new AbortMigration(), Abort, outcome =>
    {
        if (outcome is ClientOutcome.Applied)
        {
            world.Count(FaultKind.HandOverAborted);
            Over(isCommitted: false);
        }
        else if (outcome is ClientOutcome.Rejected { Reply: ShardRefusal refusal } && refusal.Owner == target)
        {
            // Clients were served at the target already: only forward.
            Later(Confirm);
        }
        else
        {
            _isAbortRefused = true;
            Later(Receive);
        }
    });

    /// <summary>Asks until there is a definite answer; what was refused for want of time is asked again, too.</summary>
    private void Ask(string stage, GroupId whom, Message request, Action again, Action<ClientOutcome> ended)
    {
        if (Stage != stage)
        {
            (Stage, _tries, _isDoubtful) = (stage, 0, false);
        }

        _tries++;
        ClientRequest.OfShard message = new(whom, shard, request);
        bool isSent = desk.Ask(draws.Pick(gateways), message, DeadlineMs, outcome => Heard(outcome, again, ended), isPatient: true);
        if (!isSent)
        {
            Later(again);
        }
    }

    private void Heard(ClientOutcome? outcome, Action again, Action<ClientOutcome> ended)
    {
        bool isDefinite = outcome is ClientOutcome.Applied or ClientOutcome.Rejected;
        _isDoubtful |= outcome is ClientOutcome.Unknown or null;
        bool isPatient = Stage is "confirm" or "abort" || _isDoubtful || _isAbortRefused;
        if (isDefinite || (!isPatient && _tries >= TriesMax))
        {
            ended(outcome!);
        }
        else if (Stage == "receive" && _tries >= TriesMax && !_isAbortRefused)
        {
            Later(Abort);
        }
        else
        {
            Later(again);
        }
    }

    private void Later(Action step) => world.After(draws.Between(0, PauseMax), step);

    private void Over(bool isCommitted)
    {
        IsOver = true;
        IsCommitted = isCommitted;
        world.Trace?.Note($"{this} is over, {(isCommitted ? "committed" : "not committed")}");
    }
}
