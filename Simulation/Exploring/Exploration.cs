using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Exploring;

/// <summary>
/// Runs every order of a small world's events, the short ones first. A state that was reached before, which its digest tells, is not
/// continued twice. At the end of each order, the cluster has to recover.
/// </summary>
/// <remarks>
/// Two events at different places, one after the other, lead to the same state in either order: where one of the two orders was run, the
/// other is not (<see cref="ExploredEvent"/>). States, events between them and orders are the same as if it had been.
/// </remarks>
internal sealed class Exploration(SmallWorld small, long statesMax)
{
    private const int BatchMax = 1_024;

    // Of other states, the order to them is run again.
    private const int RunsKeptMax = 20_000;

    private readonly ExplorationMemory _memory = new(small);
    private readonly Dictionary<int, ExploredRun> _runs = [];
    private readonly Dictionary<Digest128, int> _known = [];
    private readonly List<(int Parent, int Choice)> _states = [];
    private readonly List<int[]> _next = [];
    private readonly List<ExploredEvent[]> _events = [];
    private ExploredRun? _start;
    private int _depth;

    /// <summary>Called now and then, with the number of states that were found and of those that were continued.</summary>
    internal Action<int, int> Progress { get; init; } = static (_, _) => { };

    /// <summary>Whether every event between two states is run, also where another order of the same two was.</summary>
    internal bool RunsAll { get; init; }

    /// <summary>Whether a request to the store and the arrival of its completion are always two events.</summary>
    internal bool SplitsCompletions
    {
        init => _memory.SplitsCompletions = value;
    }

    /// <summary>Explores until every state was continued, a rule is broken, or a limit is reached.</summary>
    internal ExplorationResult Run()
    {
        if (Begin() is { } early)
            return Result(early);

        while (_next.Count < _states.Count && _states.Count <= statesMax)
        {
            (int from, int count) = (_next.Count, Math.Min(_states.Count - _next.Count, BatchMax));
            Continued[] all = new Continued[count];
            Parallel.For(0, count, number => all[number] = Continue(from + number));
            foreach (Continued one in all)
            {
                if ((one.Broken ?? Keep(one)) is { } broken)
                    return Result(broken);
            }

            Progress(_states.Count, _next.Count);
        }

        return Result(null);
    }

    /// <summary>Writes one order down as a conversation, and returns the rule that it breaks.</summary>
    internal ViolationException? Tell(IReadOnlyList<int> order, TextWriter to)
    {
        int step = 0;
        Trace conversation = new(to) { Stamp = () => step == 0 ? "before" : $"{step}" };
        try
        {
            ExploredRun run = new(small, _memory, conversation);
            foreach (int number in order)
            {
                List<Choice> choices = run.Choices();
                step++;
                run.Take(number < choices.Count
                    ? choices[number]
                    : throw new FormatException($"event {step} is {number}; there are {choices.Count} here, from 0 on"));
            }

            step++;
            if (run.Choices().Count == 0)
                run.Close();

            return null;
        }
        catch (ViolationException violation)
        {
            return violation;
        }
    }

    private Broken? Begin()
    {
        try
        {
            _start = new ExploredRun(small, _memory);
            Reach(new Next(_start.Digest(), _start.Copy()), 0, 0);
            return null;
        }
        catch (ViolationException violation)
        {
            return new Broken(violation, []);
        }
    }

    // What each next event of a state leads to; null where another order of it and the event before has been run.
    private Continued Continue(int state)
    {
        List<int> order = OrderTo(state);
        try
        {
            ExploredRun run = _runs.TryGetValue(state, out ExploredRun? kept) ? kept : Repeat(order);
            List<Choice> choices = run.Choices();
            if (choices.Count == 0)
                run.Close();

            ExploredEvent[] events = [.. choices.Select(run.EventOf)];
            Next?[] next = new Next?[events.Length];
            int[] toRun = [.. Enumerable.Range(0, events.Length).Where(number => OtherWay(state, events[number]) is null)];
            foreach (int number in toRun)
            {
                ExploredRun one = number == toRun[^1] ? run : run.Copy();
                order.Add(number);
                one.Take(one.Choices()[number]);
                next[number] = new Next(one.Digest(), one);
                order.RemoveAt(order.Count - 1);
            }

            return new Continued(order, events, next, null);
        }
        catch (ViolationException violation)
        {
            return new Continued(order, [], [], new Broken(violation, order));
        }
    }

    private Broken? Keep(Continued one)
    {
        int state = _next.Count;
        _runs.Remove(state);
        int[] next = new int[one.Events.Length];
        for (int number = 0; number < next.Length; number++)
        {
            if (one.Next[number] is { } reached)
                next[number] = Reach(reached, state, number);
            else if (NextOf(OtherWay(state, one.Events[number])!.Value, EventTo(state)) is { } other)
                next[number] = other;
            else if (TryRun([.. one.Order, number], out reached) is { } broken)
                return broken;
            else
                next[number] = Reach(reached, state, number);
        }

        _next.Add(next);
        _events.Add(one.Events);
        _depth = Math.Max(_depth, one.Order.Count);
        return null;
    }

    // After this event, the one before it is not the same event any more: it completes a request, say, and another waits at that log now.
    private Broken? TryRun(List<int> order, out Next reached)
    {
        try
        {
            ExploredRun run = Repeat(order);
            reached = new Next(run.Digest(), run);
            return null;
        }
        catch (ViolationException violation)
        {
            reached = default;
            return new Broken(violation, order);
        }
    }

    // Where the state was reached by an event that does not depend on this one: the state that this one led to instead, if it comes
    // before this state, so that the event was run from there.
    private int? OtherWay(int state, ExploredEvent happens)
    {
        if (RunsAll || state == 0 || !EventTo(state).IsIndependentOf(happens))
            return null;

        int parent = _states[state].Parent;
        return NumberOf(parent, happens) is >= 0 and var number && _next[parent][number] < state ? _next[parent][number] : null;
    }

    private ExploredEvent EventTo(int state) => _events[_states[state].Parent][_states[state].Choice];

    private int NumberOf(int state, ExploredEvent happens) => Array.IndexOf(_events[state], happens);

    private int? NextOf(int state, ExploredEvent happens) => NumberOf(state, happens) is >= 0 and var number ? _next[state][number] : null;

    private ExploredRun Repeat(List<int> order)
    {
        ExploredRun run = _start!.Copy();
        foreach (int number in order)
            run.Take(run.Choices()[number]);

        return run;
    }

    private int Reach(Next reached, int parent, int choice)
    {
        if (_known.TryAdd(reached.Digest, _states.Count))
        {
            if (_runs.Count < RunsKeptMax)
                _runs.Add(_states.Count, reached.Run);

            _states.Add((parent, choice));
        }

        return _known[reached.Digest];
    }

    private List<int> OrderTo(int state)
    {
        List<int> order = [];
        for (int at = state; at != 0; at = _states[at].Parent)
            order.Add(_states[at].Choice);

        order.Reverse();
        return order;
    }

    private ExplorationResult Result(Broken? broken) => new(broken?.Violation, broken?.Order ?? [])
    {
        States = _states.Count,
        Continued = _next.Count,
        Transitions = _next.Sum(static next => (long)next.Length),
        Ends = _next.Count(static next => next.Length == 0),
        LongestOrder = _depth,
        Orders = broken is null && _next.Count == _states.Count ? CountOrders() : 0,
    };

    /// <summary>
    /// How many orders there are from the start to an end. No state comes back, as each event uses something up: so each state is
    /// counted after all that it leads to.
    /// </summary>
    private BigInteger CountOrders()
    {
        BigInteger[] orders = new BigInteger[_next.Count];
        int[] done = new int[_next.Count];
        Stack<int> open = new([0]);
        while (open.TryPeek(out int state))
        {
            int[] next = _next[state];
            if (done[state] < next.Length)
            {
                int child = next[done[state]++];
                if (orders[child].IsZero)
                    open.Push(child);

                continue;
            }

            open.Pop();
            orders[state] = next.Length == 0 ? BigInteger.One : next.Aggregate(BigInteger.Zero, (sum, child) => sum + orders[child]);
        }

        return orders[0];
    }

    // A state's next events, and what they lead to; or the rule that one of them breaks.
    private readonly record struct Continued(List<int> Order, ExploredEvent[] Events, Next?[] Next, Broken? Broken);

    private readonly record struct Next(Digest128 Digest, ExploredRun Run);

    private sealed record Broken(ViolationException Violation, List<int> Order);
}

/// <summary>What an exploration has seen, and the rule that was broken, with the shortest order that breaks it; null if none was.</summary>
internal sealed record ExplorationResult(ViolationException? Violation, IReadOnlyList<int> Order)
{
    internal required int States { get; init; }

    /// <summary>States from which every next event was run.</summary>
    internal required int Continued { get; init; }

    internal required long Transitions { get; init; }

    /// <summary>States in which nothing is left to happen.</summary>
    internal required int Ends { get; init; }

    internal required int LongestOrder { get; init; }

    /// <summary>Different orders of events from the start to an end; 0 if not all were seen.</summary>
    internal required BigInteger Orders { get; init; }

    /// <summary>Whether every order was seen, and none broke a rule.</summary>
    internal bool IsExhausted => Violation is null && Continued == States;
}

/// <summary>What all runs of a world share: its configuration, and the digests of what a history has led to before.</summary>
internal sealed class ExplorationMemory
{
    private readonly ConcurrentDictionary<Digest128, Digest128> _digests = [];

    internal ExplorationMemory(SmallWorld small)
    {
        Dictionary<string, long> set = OptionTable.All.ToDictionary(static spec => spec.Name, static spec => spec.Calm);
        (set["masters"], set["groups"], set["gateways"], set["detect-ms"]) = (small.Masters, 2, small.Gateways, 1_000);
        Options = new RunOptions(1, Profile.Calm, set.ToImmutableSortedDictionary(StringComparer.Ordinal));
        Plan = new ClusterPlan(Options);
    }

    internal RunOptions Options { get; }

    internal ClusterPlan Plan { get; }

    /// <summary><see cref="Exploration.SplitsCompletions"/></summary>
    internal bool SplitsCompletions { get; set; }

    /// <summary>Digests what a history has led to, once.</summary>
    internal Digest128 Of(Digest128 history, Func<Digest128> digest) => _digests.GetOrAdd(history, _ => digest());
}
