using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Engine;

/// <summary>
/// Carries calls, answers and notices between machines, and loses, delays and duplicates them. Within one machine nothing
/// is lost, and the order is as uncertain as between threads.
/// </summary>
internal sealed class Network(World world)
{
    private const long LocalMax = 50;
    private const long ToldAfterMax = 1_000_000;

    private readonly RunOptions _options = world.Options;
    private readonly Rng _draws = world.Options.Stream("network");
    private readonly Rng _strange = world.Options.Stream("strange replies");
    private readonly SortedDictionary<(int From, int To), int> _cuts = [];
    private readonly Dictionary<(int From, int To), long> _latest = [];

    /// <summary>Cuts links in one direction for so many microseconds. A link is whole when each of its cuts has ended.</summary>
    internal void Cut(List<(int From, int To)> links, long duration)
    {
        foreach ((int From, int To) link in links)
            _cuts[link] = _cuts.GetValueOrDefault(link) + 1;

        world.After(duration, () =>
        {
            foreach ((int From, int To) link in links.Where(_cuts.ContainsKey))
                _cuts[link] = Math.Max(0, _cuts[link] - 1);
        });
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
            bool isStrange = world.Chance(_strange, "net.strange-ppm", FaultKind.ReplyOfUnknownKind);
            Event.Answered arrival = new(answer.Id, isStrange ? new ReplyOfANewerRelease() : answer.Reply);
            Send(from.Machine, to.Machine, () => world.Deliver(to, arrival), () => Tell(to, answer.Id, delivered: true, "lost"));
        }
    }

    internal void Publish(NodeRun from, Message notice)
    {
        Event.Published arrival = new(notice);
        foreach (NodeRun to in world.Fleet.Running)
        {
            if (!world.Chance(_draws, "net.deaf-ppm", FaultKind.NoticeLost) && to != from)
                Send(from.Machine, to.Machine, () => world.Deliver(to, arrival), static () => { });
        }
    }

    /// <summary>The callee died; its caller learns it with a chance of one half.</summary>
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

    private bool Chance(string option, FaultKind kind) => world.Chance(_draws, option, kind);

    /// <summary>A reply that no node knows, as in a rolling upgrade.</summary>
    private sealed record ReplyOfANewerRelease : Message;
}
