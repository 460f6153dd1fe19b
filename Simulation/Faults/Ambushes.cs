using OrleansShards.Core.Masters.Moves;

namespace OrleansShards.Simulation.Faults;

/// <summary>Faults that strike a participant at a moment of a move: within a step, before a completion, or shortly after.</summary>
internal sealed class Ambushes
{
    private const long Second = 1_000_000;
    private const int Moments = (int)MoveMoment.DroppedLogged;

    private readonly World _world;
    private readonly Func<MasterName> _leader;
    private readonly Action<Rng> _takeOver;
    private readonly MoveMoments _moments;
    private readonly List<Trap> _armed = [];

    internal Ambushes(World world, Func<MasterName> leader, Action<Rng> takeOver)
    {
        (_world, _leader, _takeOver) = (world, leader, takeOver);
        _moments = new MoveMoments(world, OnMoment);
    }

    private enum Blow
    {
        CrashNode,
        CrashWithinStep,
        CrashMachine,
        Pause,
        Cut,
        CutFromPrimary,
        CutFromStore,
        Rival,
        TakeOver,
    }

    private enum Part
    {
        Actor,
        Source,
        Target,
        Primary,
    }

    internal void Arm(Rng draws) => _armed.Add(new Trap(
        Moment: (MoveMoment)(1 + draws.Below(Moments)),
        Left: (int)draws.Spread(1, 4),
        Victim: (Part)draws.Below(4),
        Blow: (Blow)draws.Below(9),
        Delay: draws.Chance(Rng.Million / 2) ? 0 : draws.Spread(100, Second / 2),
        draws));

    private void OnMoment(MoveMoment moment, ShardId shard, NodeRun? actor)
    {
        if (_world.IsHealed || _armed.Count == 0)
            return;

        foreach (Trap trap in _armed.Where(trap => trap.Moment == moment && --trap.Left == 0).ToArray())
        {
            _armed.Remove(trap);
            if (trap.Delay == 0)
                Spring(trap, shard, actor);
            else
                _world.After(trap.Delay, () => Spring(trap, shard, actor));
        }
    }

    private void Spring(Trap trap, ShardId shard, NodeRun? actor)
    {
        ShardMove? move = _moments.Newest(shard);
        NodeRun? victim = trap.Victim switch
        {
            Part.Actor => actor,
            Part.Source => move is null ? null : _world.Fleet.Newest(NodeAddress.Of(move.Source, shard)),
            Part.Target => move is null ? null : _world.Fleet.Newest(NodeAddress.Of(move.Target, shard)),
            Part.Primary => _world.Fleet.Newest(NodeAddress.Of(_leader())),
        };
        if (!_world.IsHealed && (victim ?? actor) is { IsUp: true } struck)
        {
            _world.Trace?.Note($"at {trap.Moment} of shard {shard}: {trap.Blow} of {struck}");
            Strike(trap, struck);
        }
    }

    private void Strike(Trap trap, NodeRun victim)
    {
        Rng draws = trap.Draws;
        switch (trap.Blow)
        {
            case Blow.CrashNode:
                _world.Count(FaultKind.CrashInMove);
                _world.Fleet.Crash(victim, "in a move");
                break;
            case Blow.CrashWithinStep:
                _world.Count(FaultKind.CrashInMove);
                victim.CrashAfterEffects = draws.Below(3);
                break;
            case Blow.CrashMachine:
                _world.Count(FaultKind.CrashInMove);
                _world.Fleet.Crash(victim.Machine, draws.Spread(Second / 10, 10 * Second));
                break;
            case Blow.Pause when !victim.Machine.IsPaused:
                _world.Count(FaultKind.PauseInMove);
                _world.Fleet.Pause(victim.Machine, draws.Spread(Second / 20, 10 * Second));
                break;
            case Blow.Cut or Blow.CutFromPrimary:
                _world.Count(FaultKind.CutInMove);
                Cut(victim.Machine, trap.Blow == Blow.Cut ? _world.Fleet.Machines : Primaries(), draws);
                break;
            case Blow.CutFromStore:
                _world.Count(FaultKind.CutInMove);
                _world.Store.CutOff(victim.Machine, isWayBack: draws.Chance(Rng.Million / 2), draws.Spread(Second / 10, 10 * Second));
                break;
            case Blow.Rival:
                _world.Count(FaultKind.RivalInMove);
                Machine[] up = [.. _world.Fleet.Servers.Where(static machine => machine.IsUp)];
                if (up.Length > 0)
                    _world.Fleet.ActivateRival(victim.Address, draws.Pick(up), draws.Spread(Second / 10, 10 * Second), draws);

                break;
            case Blow.TakeOver:
                _world.Count(FaultKind.TakeoverInMove);
                // Not within the current step: a gateway processes the request at once.
                _world.After(0, () => _takeOver(draws));
                break;
        }
    }

    // Cut off from these, a node still reaches clients and the store, but does not hear of decisions.
    private IEnumerable<Machine> Primaries() => _world.Fleet.Running
        .Where(static run => run.Address.Kind == NodeKind.Master).Select(static run => run.Machine).Distinct();

    /// <summary>Cuts a machine off from others, in one direction or both.</summary>
    private void Cut(Machine machine, IEnumerable<Machine> others, Rng draws)
    {
        bool isDeaf = draws.Chance(Rng.Million * 3L / 4);
        bool isMute = !isDeaf || draws.Chance(Rng.Million * 3L / 4);
        List<(int From, int To)> links = [];
        foreach (Machine other in others.Where(other => other != machine))
        {
            links.AddRange(isDeaf ? [(other.Number, machine.Number)] : []);
            links.AddRange(isMute ? [(machine.Number, other.Number)] : []);
        }

        _world.Network.Cut(links, draws.Spread(Second / 10, 10 * Second));
    }

    private sealed record Trap(MoveMoment Moment, int Left, Part Victim, Blow Blow, long Delay, Rng Draws)
    {
        /// <summary>How many such moments remain until it springs.</summary>
        internal int Left { get; set; } = Left;
    }
}
