using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>A key's operations by invocation. State 0: absent; 1: any value that no operation names; the others: one value each.</summary>
internal sealed class KeyHistory
{
    private const int Nameless = 1;

    private readonly Dictionary<string, int> _states = new(StringComparer.Ordinal);

    internal KeyHistory(IReadOnlyList<Operation> operations)
    {
        foreach (Operation operation in operations)
        {
            Name(operation.Expected);
            Name(operation.Found);
        }

        var (invoked, returned) = Rank(operations);
        Steps = [.. operations
            .Select((operation, index) => Compile(operation, invoked[index], returned[index]))
            .OrderBy(step => step.InvokedRank)];
    }

    /// <summary>All operations, including those that matter to no search.</summary>
    internal List<KeyStep> Steps { get; }

    /// <summary>The history up to a number of returns: without what begins later; what returns later is open.</summary>
    internal List<KeyStep> Prefix(int returns)
    {
        int last = Steps.Where(step => !step.IsOpen).Select(step => step.ReturnedRank).Order().ElementAt(returns - 1);
        return [.. Steps.Where(step => step.InvokedRank < last).Select(step => step.ReturnedRank <= last ? step : step.Opened())];
    }

    private static (int[] Invoked, int[] Returned) Rank(IReadOnlyList<Operation> operations)
    {
        var events = new List<(long At, long Order, bool IsReturn, int Index)>(2 * operations.Count);
        foreach (var (index, operation) in operations.Index())
        {
            events.Add((operation.InvokedAt, operation.InvokedOrder, false, index));
            if (operation.IsOpen)
                continue;

            if (operation.ReturnedAt < operation.InvokedAt)
                throw new ArgumentException($"{operation} returns before it begins", nameof(operations));

            events.Add((operation.ReturnedAt!.Value, operation.ReturnedOrder, true, index));
        }

        // Events at the same instant without a recorded order are concurrent: the invocations (false) come first.
        events.Sort();
        int[] invoked = new int[operations.Count];
        int[] returned = new int[operations.Count];
        Array.Fill(returned, KeyStep.Never);
        foreach (var (rank, (_, _, isReturn, index)) in events.Index())
            (isReturn ? returned : invoked)[index] = rank;

        return (invoked, returned);
    }

    private KeyStep Compile(Operation operation, int invoked, int returned) => new(
        operation,
        operation.Action,
        operation.IsOpen ? OperationResult.Unknown : operation.Result,
        State(operation.Value),
        State(operation.Expected),
        operation.CreateIfAbsent,
        operation.IsOpen ? KeyStep.None : State(operation.Found),
        invoked,
        returned);

    private void Name(string? value)
    {
        if (value is not null)
            _states.TryAdd(value, Nameless + 1 + _states.Count);
    }

    private int State(string? value) => value is null ? KeyStep.None : _states.GetValueOrDefault(value, Nameless);
}

/// <summary>An operation of a <see cref="KeyHistory"/>, with states instead of values. Ranks order all invocations and returns.</summary>
internal readonly record struct KeyStep(
    Operation Source,
    KeyVerb Action,
    OperationResult Result,
    int Value,
    int Expected,
    bool CreateIfAbsent,
    int Found,
    int InvokedRank,
    int ReturnedRank)
{
    /// <summary>No value: equal to no state.</summary>
    internal const int None = -1;

    internal const int Absent = 0;

    /// <summary>The rank of a return that does not happen.</summary>
    internal const int Never = int.MaxValue;

    internal bool IsOpen => ReturnedRank == Never;

    /// <summary>Whether the answer implies that the operation changed nothing.</summary>
    internal bool IsPure => Action == KeyVerb.Read || Result is OperationResult.Absent or OperationResult.Differs;

    private bool MayHaveChanged => Result is OperationResult.Done or OperationResult.Unknown;

    /// <summary>The state that it leaves if it changes something.</summary>
    internal int Effect => Action == KeyVerb.Delete ? Absent : Value;

    /// <summary>The value that it found, by its answer or its effect; <see cref="None"/> if that can be any.</summary>
    internal int Named => Action switch
    {
        KeyVerb.Read => Found,
        KeyVerb.CompareAndSet => Result == OperationResult.Differs ? Found : Expected,
        KeyVerb.Write or KeyVerb.Delete => None,
    };

    /// <summary>Whether the operation fits a state, and its answer (unless it is open) or its effect depends on that state.</summary>
    internal bool Observes(int state) =>
        Action != KeyVerb.Write
        && !(Action == KeyVerb.Delete && IsOpen)
        && TryApply(state, out int next)
        && (!IsOpen || next != state);

    /// <summary>Whether the operation fits a state, but not the one before, or not with the same outcome.</summary>
    internal bool Needs(int state, int before) =>
        TryApply(state, out int next) && (!(TryApply(before, out int otherwise) || IsOpen) || otherwise != next);

    /// <summary>This operation, in a history that ends before its answer.</summary>
    internal KeyStep Opened() => this with { Result = OperationResult.Unknown, Found = None, ReturnedRank = Never };

    /// <summary>Whether it can happen at a state with its answer. An open one that would change nothing need not, and cannot.</summary>
    internal bool TryApply(int state, out int next)
    {
        next = state;
        switch (Action)
        {
            case KeyVerb.Read:
                return state == Absent ? Result == OperationResult.Absent : Result == OperationResult.Done && state == Found;
            case KeyVerb.Write:
                next = Value;
                return MayHaveChanged;
            case KeyVerb.CompareAndSet when state == Absent ? CreateIfAbsent : state == Expected:
                next = Value;
                return MayHaveChanged;
            case KeyVerb.CompareAndSet:
                return state == Absent
                    ? Result == OperationResult.Absent
                    : Result == OperationResult.Differs && (Found == None || Found == state);
            case KeyVerb.Delete:
                next = Absent;
                return state == Absent ? Result == OperationResult.Absent : MayHaveChanged;
            default:
                throw new InvalidOperationException($"{Action} is no action");
        }
    }
}
