namespace OrleansShards.Storage.GroupCommit;

/// <summary>A call that writes: carried out in a transaction with others, answered when that is decided.</summary>
internal interface ILogWrite
{
    /// <summary>The log that it writes to; null where it only waits for its turn.</summary>
    LogName? Log { get; }

    /// <summary>Whether the caller has lost interest; looked at before the work begins.</summary>
    bool IsCancelled { get; }

    /// <summary>Whether the caller has its answer.</summary>
    bool IsAnswered { get; }

    /// <summary>Its statement in the transaction under way was run and changed so many rows.</summary>
    void Ran(int rows);

    /// <summary>That transaction is durable. Answers the caller, unless there is more to do in a later one.</summary>
    void Committed();

    /// <summary>It failed. Where <paramref name="certain"/>, the last part of the work is not done and never will be.</summary>
    void Fail(string text, bool certain);

    /// <summary>It was cancelled before it began.</summary>
    void Cancel();
}

/// <summary>
/// A write with a result. It is its own task source, and continuations run on the commit thread unless
/// <paramref name="options"/> say otherwise: a hop to the thread pool for each put would cost more than the commit is long.
/// </summary>
internal abstract class LogWrite<TResult>(
    LogName? log, CancellationToken cancellationToken, TaskCreationOptions options = TaskCreationOptions.None)
    : TaskCompletionSource<TResult>(options), ILogWrite
{
    private int _rows;

    public LogName? Log => log;

    public bool IsCancelled => cancellationToken.IsCancellationRequested;

    public bool IsAnswered => Task.IsCompleted;

    /// <summary>How many rows one transaction changes at most; where it did change so many, there is more to do.</summary>
    internal virtual int RowsAtOnce => int.MaxValue;

    public void Ran(int rows) => _rows = rows;

    public void Committed()
    {
        if (_rows < RowsAtOnce)
            TrySetResult(ResultOf(_rows));
    }

    public virtual void Fail(string text, bool certain) => TrySetException(new LogStoreException(text));

    public virtual void Cancel() => TrySetCanceled(cancellationToken);

    protected abstract TResult ResultOf(int rows);
}

/// <summary>A write that is only done or not.</summary>
internal abstract class LogAction(
    LogName? log, CancellationToken cancellationToken, TaskCreationOptions options = TaskCreationOptions.None)
    : LogWrite<bool>(log, cancellationToken, options)
{
    protected override bool ResultOf(int rows) => true;
}

/// <summary>Puts a record if there is none: no row changed means that there was one.</summary>
internal sealed class PutWrite(LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    : LogWrite<(PutOutcome Outcome, string? Reason)>(log, cancellationToken)
{
    internal LogIndex Index => index;

    internal ReadOnlyMemory<byte> Record => record;

    public override void Fail(string text, bool certain) =>
        TrySetResult((certain ? PutOutcome.NotStored : PutOutcome.Unknown, text));

    public override void Cancel() => TrySetResult((PutOutcome.NotStored, "The put was cancelled before it began."));

    protected override (PutOutcome Outcome, string? Reason) ResultOf(int rows) => rows == 1
        ? (PutOutcome.Stored, null)
        : (PutOutcome.Occupied, $"Record {index} of log {Log} is there already.");
}

/// <summary>
/// Drops records from the lowest on, some hundreds a transaction: dropping all at once would hold up every log's puts for
/// as long as it takes.
/// </summary>
internal sealed class DropWrite(LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken)
    : LogAction(log, cancellationToken)
{
    internal override int RowsAtOnce => 256;

    internal long UpTo { get; } = (long)Math.Min(upTo.Value, LogStoreArgument.IndexMax);

    internal long[] Kept { get; } =
    [
        .. keep.Select(index => index.Value).Where(index => index <= upTo.Value && index <= LogStoreArgument.IndexMax)
            .Select(index => (long)index),
    ];
}

/// <summary>Writes a chunk of a checkpoint; the same one again replaces it.</summary>
internal sealed class PutChunkWrite(
    LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    : LogAction(log, cancellationToken)
{
    internal CheckpointId Checkpoint => checkpoint;

    internal int Number => number;

    internal ReadOnlyMemory<byte> Chunk => chunk;
}

/// <summary>Publishes a checkpoint if it is the newest: no row changed means that it is not.</summary>
internal sealed class PublishWrite(
    LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken)
    : LogWrite<bool>(log, cancellationToken, TaskCreationOptions.RunContinuationsAsynchronously)
{
    internal CheckpointId Checkpoint => checkpoint;

    internal ReadOnlyMemory<byte> Manifest => manifest;

    protected override bool ResultOf(int rows) => rows == 1;
}

/// <summary>Deletes the chunks of the checkpoints below one. A chunk is far larger than a record: a few a transaction.</summary>
internal sealed class DropChunksWrite(LogName log, LogIndex below)
    : LogAction(log, CancellationToken.None, TaskCreationOptions.RunContinuationsAsynchronously)
{
    internal override int RowsAtOnce => 8;

    internal LogIndex Below => below;
}
