using System.Collections.Immutable;
using System.Numerics;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Exploring;

/// <summary>
/// Runs every order of a small world's events, the short ones first. Each is run from the start, as nodes cannot be copied; a state
/// that was reached before, which its digest tells, is not continued twice. At the end of each order, the cluster has to recover.
/// </summary>
internal sealed class Exploration(SmallWorld small, long statesMax)
{
    private readonly ExplorationMemory _memory = new(small);
    private readonly Dictionary<Digest128, int> _known = [];
    private readonly List<(int Parent, int Choice)> _states = [];
    private readonly List<int[]> _next = [];
    private int _depth;

    /// <summary>Called now and then, with the number of states that were found and of those that were continued.</summary>
    internal Action<int, int> Progress { get; init; } = static (_, _) => { };

    /// <summary>Explores until every state was continued, a rule is broken, or a limit is reached.</summary>
    internal ExplorationResult Run()
    {
        List<int> order = [];
        try
        {
            ExploredRun first = new(small, _memory);
            Reach(first.Digest(), 0, 0);
            for (int state = 0; state < _states.Count && _states.Count <= statesMax; state++)
            {
                order = OrderTo(state);
                Continue(state, order);
                Progress(_states.Count, state + 1);
            }
        }
        catch (ViolationException violation)
        {
            return Result(violation, order);
        }

        return Result(null, []);
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

    private void Continue(int state, List<int> order)
    {
        ExploredRun run = Repeat(order);
        List<Choice> choices = run.Choices();
        if (choices.Count == 0)
            run.Close();

        int[] next = new int[choices.Count];
        for (int number = 0; number < next.Length; number++)
        {
            order.Add(number);
            if (number > 0)
                (run, choices) = Repeated(order);

            run.Take(choices[number]);
            next[number] = Reach(run.Digest(), state, number);
            order.RemoveAt(order.Count - 1);
        }

        _next.Add(next);
    }

    private (ExploredRun Run, List<Choice> Choices) Repeated(List<int> order)
    {
        ExploredRun run = Repeat(order[..^1]);
        return (run, run.Choices());
    }

    private ExploredRun Repeat(List<int> order)
    {
        ExploredRun run = new(small, _memory);
        foreach (int number in order)
            run.Take(run.Choices()[number]);

        return run;
    }

    private int Reach(Digest128 digest, int parent, int choice)
    {
        if (_known.TryAdd(digest, _states.Count))
            _states.Add((parent, choice));

        return _known[digest];
    }

    private List<int> OrderTo(int state)
    {
        List<int> order = [];
        for (int at = state; at != 0; at = _states[at].Parent)
            order.Add(_states[at].Choice);

        order.Reverse();
        _depth = Math.Max(_depth, order.Count);
        return order;
    }

    private ExplorationResult Result(ViolationException? violation, List<int> order) => new(violation, order)
    {
        States = _states.Count,
        Continued = _next.Count,
        Transitions = _next.Sum(static next => (long)next.Length),
        Ends = _next.Count(static next => next.Length == 0),
        LongestOrder = _depth,
        Orders = _next.Count == _states.Count ? CountOrders() : 0,
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
    private readonly Dictionary<Digest128, Digest128> _digests = [];

    internal ExplorationMemory(SmallWorld small)
    {
        Dictionary<string, long> set = OptionTable.All.ToDictionary(static spec => spec.Name, static spec => spec.Calm);
        (set["masters"], set["groups"], set["gateways"], set["detect-ms"]) = (small.Masters, 2, small.Gateways, 1_000);
        Options = new RunOptions(1, Profile.Calm, set.ToImmutableSortedDictionary(StringComparer.Ordinal));
        Plan = new ClusterPlan(Options);
    }

    internal RunOptions Options { get; }

    internal ClusterPlan Plan { get; }

    /// <summary>Digests what a history has led to, once.</summary>
    internal Digest128 Of(Digest128 history, Func<Digest128> digest)
    {
        if (!_digests.TryGetValue(history, out Digest128 known))
            _digests.Add(history, known = digest());

        return known;
    }
}
