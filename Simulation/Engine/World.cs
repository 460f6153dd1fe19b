using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Engine;

/// <summary>A run on one thread, in virtual time. Steps nodes and carries out their effects in the order in which a host does.</summary>
internal sealed class World
{
    private const long FlushDelayMax = 200;
    private const long AlarmedAfterMin = 500_000;
    private const long AlarmedAfterMax = 5_000_000;

    private readonly PriorityQueue<Action, (long At, long Number)> _queue = new();
    private readonly List<Effect> _effects = [];
    private readonly Dictionary<ulong, Action<Message>> _tickets = [];
    private readonly Rng _flushes;
    private long _scheduled;
    private ulong _ticket;

    internal World(RunOptions options, Trace? trace)
    {
        Options = options;
        Trace = trace;
        Store = new SimStore(this);
        Network = new Network(this);
        Fleet = new Fleet(this);
        _flushes = options.Stream("flushes");
        Outside = new DrawnOutside(this);
    }

    internal RunOptions Options { get; }

    internal Trace? Trace { get; }

    internal SimStore Store { get; }

    internal Network Network { get; }

    internal Fleet Fleet { get; }

    /// <summary>Where nodes' effects go, and what flushes nodes: by default the run's own network and store.</summary>
    internal IOutside Outside { get; set; }

    /// <summary>True time, in microseconds since the start.</summary>
    internal long Now { get; private set; }

    /// <summary>What every wall clock shows.</summary>
    internal DateTimeOffset Utc => DateTimeOffset.UnixEpoch.AddTicks(Now * TimeSpan.TicksPerMicrosecond);

    /// <summary>Whether faults have ended.</summary>
    internal bool IsHealed { get; private set; }

    internal long HealedAt { get; private set; }

    internal void Heal() => (IsHealed, HealedAt) = (true, Now);

    internal RunStatistics Statistics { get; } = new() { Runs = 1 };

    internal List<Checker> Checkers { get; } = [];

    /// <summary>Called after each effect of a node; it may end the node.</summary>
    internal Action<NodeRun, Effect>? OnEffect { get; set; }

    /// <summary>Called after the checkers for each record that was appended to a log.</summary>
    internal Action<LogTruth>? OnAppended { get; set; }

    internal void Count(FaultKind kind) => Statistics.Faults[kind] = Statistics.Faults.GetValueOrDefault(kind) + 1;

    /// <summary>Draws whether a fault happens, by the rate of an option, and counts it if so. None happens after the healing.</summary>
    internal bool Chance(Rng draws, string option, FaultKind kind)
    {
        if (IsHealed || !draws.Chance(Options[option]))
            return false;

        Count(kind);
        return true;
    }

    /// <summary>Schedules an action in so many microseconds.</summary>
    internal void After(long delay, Action action) => _queue.Enqueue(action, (Now + delay, ++_scheduled));

    /// <summary>Runs until a moment, or until a condition holds.</summary>
    /// <returns>Whether the condition held.</returns>
    internal bool RunUntil(long end, Func<bool>? condition = null)
    {
        while (condition?.Invoke() != true)
        {
            if (!_queue.TryPeek(out _, out (long At, long Number) next) || next.At > end)
            {
                Now = end;
                return false;
            }

            Action action = _queue.Dequeue();
            Now = next.At;
            action();
        }

        return true;
    }

    /// <summary>Submits a request to a gateway's router; the outcome comes once, or never if the gateway crashes.</summary>
    internal void Submit(NodeRun router, Message request, TimeSpan deadline, Action<Message> outcome) =>
        Submit(router, ++_ticket, request, deadline, outcome);

    /// <summary>Submits a request with a ticket that no other has.</summary>
    internal void Submit(NodeRun router, ulong ticket, Message request, TimeSpan deadline, Action<Message> outcome)
    {
        _tickets.Add(ticket, outcome);
        Deliver(router, new Event.Submitted(ticket, request, deadline));
    }

    /// <summary>Delivers an event to a node, at once or when its machine wakes.</summary>
    internal void Deliver(NodeRun run, Event happened)
    {
        if (!run.IsUp)
            return;

        if (run.Machine.IsPaused)
        {
            run.Machine.Backlog.Enqueue((run, happened));
            return;
        }

        if (happened is Event.Called call && !run.TryOwe(call, Now))
            return;

        Step(run, happened);
        if (happened is Event.Started && run.IsUp)
            Step(run, new Event.Tick(Utc));

        if (happened is not Event.Flush && !run.NeedsFlush && run.IsUp)
        {
            run.NeedsFlush = true;
            Outside.FlushSoon(run);
        }
    }

    internal void Recorded(LogTruth log)
    {
        foreach (Checker checker in Checkers)
            checker.Recorded(log);

        OnAppended?.Invoke(log);
    }

    private void Step(NodeRun run, Event happened)
    {
        Statistics.Steps++;
        run.NeedsFlush &= happened is not Event.Flush;
        _effects.Clear();
        if (run.Address.Kind == NodeKind.Client)
        {
            foreach (Checker checker in Checkers)
                checker.Stepping(run, happened);
        }

        try
        {
            run.Node.Step(run.Machine.Clock(Now), happened, _effects);
        }
        catch (Exception defect) when (defect is not ViolationException)
        {
            throw new ViolationException("no-step-fails", $"{run} at {happened.GetType().Name}: {defect}");
        }

        Trace?.Stepped(run, happened, _effects);
        CarryOut(run);
        foreach (Checker checker in Checkers)
            checker.Stepped(run);
    }

    private void CarryOut(NodeRun run)
    {
        for (int i = 0; i < _effects.Count; i++)
        {
            if (run.CrashAfterEffects == i)
            {
                Count(FaultKind.CrashWithinStep);
                Fleet.Crash(run, "within a step");
                return;
            }

            if (run.Address.Kind == NodeKind.Client)
            {
                foreach (Checker checker in Checkers)
                    checker.Effected(run, _effects[i]);
            }

            CarryOut(run, _effects[i]);
            OnEffect?.Invoke(run, _effects[i]);
            if (!run.IsUp)
                return;
        }
    }

    private void CarryOut(NodeRun run, Effect effect)
    {
        switch (effect)
        {
            case Effect.Store store:
                Outside.Ask(run, store.Request);
                break;
            case Effect.Call call:
                Outside.Call(run, call);
                break;
            case Effect.Answer answer:
                long since = run.Pay(answer);
                foreach (Checker checker in Checkers)
                    checker.Answered(run, answer.Reply, since);

                Outside.Answer(run, answer);
                break;
            case Effect.Publish publish:
                Outside.Publish(run, publish.Notice);
                break;
            case Effect.Complete complete:
                if (!_tickets.Remove(complete.Ticket, out Action<Message>? outcome))
                    throw new ViolationException("one-outcome", $"{run} completes request {complete.Ticket} twice");

                After(0, () => outcome(complete.Outcome));
                break;
            case Effect.Alarm alarm:
                OnAlarm(run, alarm.Text);
                break;
        }
    }

    /// <summary>Only a run that has read a torn record may report a damaged log. An operator restarts it.</summary>
    private void OnAlarm(NodeRun run, string text)
    {
        if (!run.HasReadTorn)
            throw new ViolationException("no-alarm", $"{run}: {text}");

        After(_flushes.Between(AlarmedAfterMin, AlarmedAfterMax), () =>
        {
            if (run.IsUp)
                Fleet.Crash(run, "after an alarm");
        });
    }

    private sealed class DrawnOutside(World world) : IOutside
    {
        public void Ask(NodeRun run, StoreRequest request) => world.Store.Ask(run, request);

        public void Call(NodeRun run, Effect.Call call) => world.Network.Call(run, call);

        public void Answer(NodeRun run, Effect.Answer answer) => world.Network.Answer(run, answer);

        public void Publish(NodeRun run, Message notice) => world.Network.Publish(run, notice);

        public void FlushSoon(NodeRun run) =>
            world.After(world._flushes.Between(0, FlushDelayMax), () => world.Deliver(run, Event.Flush.Instance));
    }
}

/// <summary>What nodes reach outside themselves. Its results come back by <see cref="World.Deliver"/>.</summary>
internal interface IOutside
{
    void Ask(NodeRun run, StoreRequest request);

    void Call(NodeRun run, Effect.Call call);

    void Answer(NodeRun run, Effect.Answer answer);

    void Publish(NodeRun run, Message notice);

    /// <summary>Flushes a node that has made a step.</summary>
    void FlushSoon(NodeRun run);
}
