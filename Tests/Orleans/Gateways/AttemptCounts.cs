using System.Collections.Concurrent;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>
/// Attempts that went otherwise than they would without faults, counted by how. Whoever made them may have made them again
/// with success: an operation is more than its attempts. Thread-safe.
/// </summary>
internal sealed class AttemptCounts
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>How many there were, of all kinds.</summary>
    internal int Disturbed => _counts.Values.Sum();

    /// <summary>There was no process to send it to.</summary>
    internal void NotSent() => Count("not sent, as the gateway was down");

    /// <summary>The process ended, or was silent for as long as the worker waits.</summary>
    internal void NoAnswer() => Count("without an answer");

    /// <summary>An error that says nothing about the key.</summary>
    internal void Failed(int code) => Count($"answered {code}");

    /// <summary>A good answer that took its time.</summary>
    internal void Slow() => Count("slow");

    public override string ToString() =>
        string.Join(", ", _counts.OrderBy(static count => count.Key).Select(static count => $"{count.Value} {count.Key}"));

    private void Count(string kind) => _counts.AddOrUpdate(kind, 1, static (_, count) => count + 1);
}
