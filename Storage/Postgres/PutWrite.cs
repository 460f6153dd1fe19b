using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Storage.Postgres;

/// <summary>Puts a record if there is none. All puts of a transaction are one statement.</summary>
internal sealed class PutWrite(
    LogName name, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    : PostgresWrite<(PutOutcome Outcome, string? Reason)>(name, cancellationToken)
{
    public override (ulong Index, ulong Term, int Number) Place => (index.Value, 0, 0);

    internal ReadOnlyMemory<byte> Record => record;

    /// <summary>Whether the statement stored it, once that was run.</summary>
    internal bool IsStored { get; set; }

    public override void Complete() => TrySetResult(IsStored
        ? (PutOutcome.Stored, null)
        : (PutOutcome.Occupied, $"Record {index} of log {name} is there already."));

    public override void Fail(string text, bool certain) =>
        TrySetResult((certain ? PutOutcome.NotStored : PutOutcome.Unknown, text));

    public override void Cancel() => TrySetResult((PutOutcome.NotStored, "The put was cancelled before it began."));
}
