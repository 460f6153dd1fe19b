using OrleansShards.Simulation.Histories;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// The operations on one key, in the order of their invocations, made ready for searches. State 0 is the absent key, 1
/// any value that no operation knows by name, the others a value each.
/// </summary>
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

    /// <summary>All operations, those included that matter to no search.</summary>
    internal List<KeyStep> Steps { get; }

    /// <summary>The history up to and with a number of returns: what begins later is not in it, what returns later is open.</summary>
    internal List<KeyStep> Prefix(int returns)
    {
        int last = Steps.Where(step => !step.IsOpen).Select(step => step.ReturnedRank).Order().ElementAt(returns - 1);
        return [.. Steps
            .Where(step => step.InvokedRank < last)
            .Select(step => step.ReturnedRank <= last ? step : step.Opened())];
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

        // Nobody knowing better, what happens at one instant is concurrent: the invocations (false) come first.
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
