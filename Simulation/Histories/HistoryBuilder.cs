namespace OrleansShards.Simulation.Histories;

/// <summary>Records requests and replies. Of two at one instant, the one recorded first is earlier. One thread at a time.</summary>
internal sealed class HistoryBuilder
{
    private readonly List<Operation> _operations = [];
    private readonly HashSet<int> _forgotten = [];
    private long _order;

    /// <summary>All operations that may have taken effect, in the order of their invocations; those without an answer are open.</summary>
    internal IReadOnlyList<Operation> Operations => [.. _operations.Where((_, index) => !_forgotten.Contains(index))];

    /// <summary>The operations that were refused for certain: what they would have written must never be seen.</summary>
    internal IReadOnlyList<Operation> Refused => [.. _operations.Where((_, index) => _forgotten.Contains(index))];

    /// <summary>Records that an operation begins.</summary>
    /// <returns>Its index, by which its end is recorded.</returns>
    internal int Invoke(int process, string key, KeyVerb action, string? value, string? expected, bool createIfAbsent, long at)
    {
        bool writes = action is KeyVerb.Write or KeyVerb.CompareAndSet;
        if (writes != value is not null)
            throw new ArgumentException($"{action} of {key} {(writes ? "has no value" : "has a value")}", nameof(value));

        _operations.Add(new(process, key, action, value, expected, createIfAbsent, at, null, OperationResult.Unknown, null)
        {
            InvokedOrder = ++_order,
        });
        return _operations.Count - 1;
    }

    /// <summary>Records the answer to an operation; <see cref="OperationResult.Unknown"/> leaves it open.</summary>
    internal void Return(int index, long at, OperationResult result, string? found = null)
    {
        Operation operation = Unanswered(index);
        if (at < operation.InvokedAt)
            throw new ArgumentOutOfRangeException(nameof(at), $"{operation} returns at {at}, before it began");

        if (operation.Action == KeyVerb.Read && result == OperationResult.Done && found is null)
            throw new ArgumentNullException(nameof(found), $"{operation} is done, but found nothing");

        _operations[index] = operation with { ReturnedAt = at, ReturnedOrder = ++_order, Result = result, Found = found };
    }

    /// <summary>Records that an operation was refused for certain: it has taken no effect and never will.</summary>
    internal void Forget(int index)
    {
        Unanswered(index);
        _forgotten.Add(index);
    }

    private Operation Unanswered(int index) => _operations[index].ReturnedAt is null && !_forgotten.Contains(index)
        ? _operations[index]
        : throw new InvalidOperationException($"{_operations[index]} has been answered before");
}
