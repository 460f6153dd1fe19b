using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

/// <summary>
/// What linearizable means, written down as directly as can be: is there an order, of all answered operations and any of
/// the open ones, that keeps to real time and gives the answers? Tries every one. Shares nothing with the checker.
/// </summary>
internal static class BruteForce
{
    internal static bool IsLinearizable(IReadOnlyList<Operation> operations) => CanFinish([.. operations], null);

    private static bool CanFinish(List<Operation> left, string? value)
    {
        if (left.All(operation => operation.IsOpen))
            return true;

        foreach (Operation next in left)
        {
            if (left.Any(other => other.IsBefore(next)))
                continue;

            var (result, found, after) = Execute(next, value);
            bool isTold = next.IsOpen || (next.Result == result && (next.Found ?? found) == found);
            if (isTold && CanFinish([.. left.Where(other => !ReferenceEquals(other, next))], after))
                return true;
        }

        return false;
    }

    /// <summary>The store's semantics: what is answered, and the value afterwards; null is an absent key.</summary>
    internal static (OperationResult Result, string? Found, string? After) Execute(Operation operation, string? value) =>
        operation.Action switch
        {
            KeyVerb.Read when value is null => (OperationResult.Absent, null, null),
            KeyVerb.Read => (OperationResult.Done, value, value),
            KeyVerb.Write => (OperationResult.Done, null, operation.Value),
            KeyVerb.CompareAndSet when value is null && operation.CreateIfAbsent =>
                (OperationResult.Done, null, operation.Value),
            KeyVerb.CompareAndSet when value is null => (OperationResult.Absent, null, null),
            KeyVerb.CompareAndSet when value == operation.Expected => (OperationResult.Done, null, operation.Value),
            KeyVerb.CompareAndSet => (OperationResult.Differs, value, value),
            KeyVerb.Delete when value is null => (OperationResult.Absent, null, null),
            KeyVerb.Delete => (OperationResult.Done, null, null),
            _ => throw new InvalidOperationException($"{operation.Action}"),
        };
}
