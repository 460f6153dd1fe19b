using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Engine;

/// <summary>
/// Carries calls, answers and notices between machines, with all that a network does to them. Within one machine
/// nothing is lost, and order is as uncertain as between threads.
/// </summary>
internal sealed class Network(World world)
{
    private const long LocalMax = 50;
    private const long ToldAfterMax = 1_000_000;

    private readonly RunOptions _options = world.Options;
    private readonly Rng _draws = world.Options.Stream("network");
    private readonly SortedDictionary<(int From, int To), int> _cuts = [];
    private readonly Dictionary<(int From, int To), long> _latest = [];

    /// <summary>Cuts a link in one direction; several cuts of one link count.</summary>
    internal void Cut(int from, int to) => _cuts[(from, to)] = _cuts.GetValueOrDefault((from, to)) + 1;

    internal void Mend(int from, int to)
    {
        if (_cuts.TryGetValue((from, to), out int times))
            _cuts[(from, to)] = Math.Max(0, times - 1);
    }

    internal void MendAll() => _cuts.Clear();

    internal void Call(NodeRun from, Effect.Call call)
    {
        if (world.Fleet.Route(call.To) is not { } to)
        {
            Tell(from, call.Id, delivered: false, $"{call.To} cannot be reached");
            return;
        }

        Event.Called arrival = new(call.Id, from.Address, call.Request);
        Send(from.Machine, to.Machine, () => world.Deliver(to, arrival), () => Tell(from, call.Id, delivered: true, "lost"));
    }

    internal void Answer(NodeRun from, Effect.Answer answer)
    {
        if (world.Fleet.Find(answer.Id.Caller) is { } to)
        {
            Event.Answered arrival = new(answer.Id, answer.Reply);
            Send(from.Machine, to.Machine, () => world.Deliver(to, arrival), () => Tell(to, answer.Id, delivered: true, "lost"));
        }
    }

    internal void Publish(NodeRun from, Message notice)
    {
        Event.Published arrival = new(notice);
        foreach (NodeRun to in world.Fleet.Running)
        {
            if (!world.IsHealed && _draws.Chance(_options["net.deaf-ppm"]))
                world.Count(FaultKind.NoticeLost);
            else if (to != from)
                Send(from.Machine, to.Machine, () => world.Deliver(to, arrival), static () => { });
        }
    }

    /// <summary>A caller whose callee died is told, or not.</summary>
    internal void Orphan(NodeRun caller, CallId call)
    {
        if (_draws.Chance(Rng.Million / 2))
            Tell(caller, call, delivered: true, "the callee died");
    }

    private void Send(Machine from, Machine to, Action arrive, Action lost)
    {
        if (from == to)
        {
            world.After(_draws.Between(1, LocalMax), arrive);
        }
        else if (_cuts.GetValueOrDefault((from.Number, to.Number)) > 0)
        {
            world.Count(FaultKind.MessagePartitioned);
            MaybeTell(lost);
        }
        else if (Chance("net.loss-ppm", FaultKind.MessageLost))
        {
            MaybeTell(lost);
        }
        else
        {
            Send(from, to, arrive);
            if (Chance("net.duplicate-ppm", FaultKind.MessageDuplicated))
                Send(from, to, arrive);
        }
    }

    private void Send(Machine from, Machine to, Action arrive)
    {
        long latency = _draws.Between(50, Math.Max(50, _options["net.latency-us"]));
        if (Chance("net.slow-ppm", FaultKind.MessageSlow))
            latency += _draws.Between(0, _options["net.slow-ms"] * 1_000);

        long at = world.Now + latency;
        long latest = _latest.GetValueOrDefault((from.Number, to.Number));
        if (at < latest)
            world.Count(FaultKind.MessageReordered);

        _latest[(from.Number, to.Number)] = Math.Max(at, latest);
        world.After(latency, arrive);
    }

    private void MaybeTell(Action lost)
    {
        if (_draws.Chance(Rng.Million / 2))
            lost();
    }

    private void Tell(NodeRun caller, CallId call, bool delivered, string reason) => world.After(
        _draws.Between(100, ToldAfterMax),
        () => world.Deliver(caller, new Event.CallFailed(call, delivered, reason)));

    private bool Chance(string option, FaultKind kind)
    {
        if (world.IsHealed || !_draws.Chance(_options[option]))
            return false;

        world.Count(kind);
        return true;
    }
}

/// <summary>A call in an order that is the same on every machine; a repeated delivery is a call of its own.</summary>
internal readonly record struct CallKey(ulong Caller, ulong Number) : IComparable<CallKey>
{
    internal static CallKey Of(CallId call) => new(call.Caller.Value, call.Number);

    public int CompareTo(CallKey other) =>
        Caller != other.Caller ? Caller.CompareTo(other.Caller) : Number.CompareTo(other.Number);
}
