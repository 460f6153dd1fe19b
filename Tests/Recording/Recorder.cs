using System.Diagnostics;
using System.Globalization;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Recording;

/// <summary>
/// What many workers asked and were answered, in microseconds of one monotonic clock. A question is written down before
/// it is sent and an answer after it has come, so what is recorded is never narrower than what was. Thread-safe.
/// </summary>
internal sealed class Recorder
{
    private readonly Lock _gate = new();
    private readonly HistoryBuilder _history = new();
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private long _values;

    /// <summary>How many were answered.</summary>
    internal int Answered { get; private set; }

    /// <summary>How many were refused for certain.</summary>
    internal int Refused { get; private set; }

    /// <summary>How many stay open: nobody knows their outcome.</summary>
    internal int Open { get; private set; }

    /// <summary>How many were asked more than once, under the same sequence number.</summary>
    internal int Repeated { get; private set; }

    /// <summary>Now, in microseconds.</summary>
    internal long Now => (long)Stopwatch.GetElapsedTime(_startedAt).TotalMicroseconds;

    /// <summary>All that may have taken effect.</summary>
    internal IReadOnlyList<Operation> Operations
    {
        get
        {
            lock (_gate)
                return _history.Operations;
        }
    }

    /// <summary>A value that nobody has written before.</summary>
    internal string NextValue() => Interlocked.Increment(ref _values).ToString(CultureInfo.InvariantCulture);

    /// <summary>An operation begins. Answers its index.</summary>
    internal int Begin(int process, string key, KeyCommand command)
    {
        lock (_gate)
        {
            return _history.Invoke(
                process, key, command.Verb, Text(command.Value), Text(command.Expected),
                command.CreateIfAbsent, Now);
        }
    }

    /// <summary>An operation was answered.</summary>
    internal void End(int index, KeyReply reply)
    {
        OperationResult result = reply.Verdict switch
        {
            KeyVerdict.Done => OperationResult.Done,
            KeyVerdict.Absent => OperationResult.Absent,
            KeyVerdict.Differs => OperationResult.Differs,
            KeyVerdict.StaleSequence => throw new InvalidOperationException(
                $"operation {index} was told that its session has gone on, which nobody has done"),
        };
        lock (_gate)
        {
            Answered++;
            _history.Return(index, Now, result, Text(reply.Value));
        }
    }

    /// <summary>An operation was refused for certain.</summary>
    internal void Forget(int index)
    {
        lock (_gate)
        {
            Refused++;
            _history.Forget(index);
        }
    }

    /// <summary>Nobody asks any more what has become of an operation.</summary>
    internal void LeaveOpen()
    {
        lock (_gate)
            Open++;
    }

    /// <summary>An operation is asked again.</summary>
    internal void Repeat()
    {
        lock (_gate)
            Repeated++;
    }

    private static string? Text(JsonText text) => text.Span.IsEmpty ? null : text.ToString();
}
