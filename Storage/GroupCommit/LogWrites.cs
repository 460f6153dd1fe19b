namespace OrleansShards.Storage.GroupCommit;

/// <summary>A call that writes: executed in a transaction with others, answered when that is decided.</summary>
internal interface ILogWrite
{
    /// <summary>The log that it writes to; null if it only waits for its turn.</summary>
    LogName? Log { get; }

    /// <summary>Whether the caller has cancelled it; checked before the work begins.</summary>
    bool IsCancelled { get; }

    /// <summary>Whether the caller has its answer.</summary>
    bool IsAnswered { get; }

    /// <summary>Whether it may take several transactions.</summary>
    bool HasParts { get; }

    /// <summary>Whether no client waits for it: what checkpoints write and drop.</summary>
    bool IsBackground { get; }

    /// <summary>Whether a part of it has been executed: it is then finished, whether its caller waits or not.</summary>
    bool HasBegun { get; }

    /// <summary>Its statement in the current transaction has run and changed this many rows.</summary>
    void Ran(int rows);

    /// <summary>That transaction is durable. Answers the caller, unless there is more to do in a later one.</summary>
    void Committed();

    /// <summary>It failed. If <paramref name="certain"/>, the last part of the work is not done and never will be. Repeatable.</summary>
    void Fail(string text, bool certain);

    /// <summary>It was cancelled before it began.</summary>
    void Cancel();
}

internal static class LogWrites
{
    /// <summary>Fails all writes that are not answered yet.</summary>
    internal static void FailAll(this IReadOnlyList<ILogWrite> writes, string text, bool certain)
    {
        foreach (var write in writes)
            write.Fail(text, certain);
    }
}

/// <summary>
/// A write with a result. It is its own task source, and continuations run on the commit thread unless
/// <paramref name="options"/> say otherwise: a hop to the thread pool for each put would cost more than the commit itself.
/// </summary>
internal abstract class LogWrite<TResult>(
    LogName? log, CancellationToken cancellationToken, TaskCreationOptions options = TaskCreationOptions.None)
    : TaskCompletionSource<TResult>(options), ILogWrite
{
    private int _rows;

    public LogName? Log => log;
    public bool IsCancelled => cancellationToken.IsCancellationRequested;
    public bool IsAnswered => Task.IsCompleted;
    public bool HasParts => RowsAtOnce < int.MaxValue;
    public virtual bool IsBackground => HasParts;
    public bool HasBegun { get; private set; }

    /// <summary>How many rows one transaction changes at most; if it changed that many, there is more to do.</summary>
    internal virtual int RowsAtOnce => int.MaxValue;

    public void Ran(int rows) => (_rows, HasBegun) = (rows, true);

    public void Committed()
    {
        if (_rows < RowsAtOnce)
            TrySetResult(ResultOf(_rows));
    }

    public virtual void Fail(string text, bool certain) => TrySetException(new LogStoreException(text));
    public virtual void Cancel() => TrySetCanceled(cancellationToken);

    protected abstract TResult ResultOf(int rows);
}

/// <summary>A write without a result.</summary>
internal abstract class LogAction(
    LogName? log, CancellationToken cancellationToken, TaskCreationOptions options = TaskCreationOptions.None)
    : LogWrite<bool>(log, cancellationToken, options)
{
    protected override bool ResultOf(int rows) => true;
}

/// <summary>Puts a record if there is none; if no row was changed, there was one.</summary>
internal sealed class PutWrite(LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    : LogWrite<(PutOutcome Outcome, string? Reason)>(log, cancellationToken)
{
    internal LogIndex Index => index;
    internal ReadOnlyMemory<byte> Record => record;

    public override void Fail(string text, bool certain) => TrySetResult((certain ? PutOutcome.NotStored : PutOutcome.Unknown, text));
    public override void Cancel() => TrySetResult((PutOutcome.NotStored, "The put was cancelled before it began."));

    protected override (PutOutcome Outcome, string? Reason) ResultOf(int rows) => rows == 1
        ? (PutOutcome.Stored, null)
        : (PutOutcome.Occupied, $"Record {index} of log {Log} is there already.");
}

/// <summary>
/// Drops records from the lowest on, some hundreds per transaction, or as many as have <see cref="BytesAtOnce"/>: dropping all at once
/// would block every put.
/// </summary>
internal sealed class DropWrite(LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken)
    : LogAction(log, cancellationToken)
{
    /// <summary>Of the records that one transaction drops; more, if the first has more.</summary>
    internal const int BytesAtOnce = 1 << 20;

    internal override int RowsAtOnce => 256;
    internal long UpTo { get; } = (long)Math.Min(upTo.Value, LogStoreArgument.IndexMax);

    internal long[] Kept { get; } = [.. keep.Select(index => index.Value)
        .Where(index => index <= upTo.Value && index <= LogStoreArgument.IndexMax).Select(index => (long)index)];
}

/// <summary>Writes a chunk of a checkpoint, or replaces it.</summary>
internal sealed class PutChunkWrite(
    LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    : LogAction(log, cancellationToken)
{
    internal CheckpointId Checkpoint => checkpoint;
    internal int Number => number;
    internal ReadOnlyMemory<byte> Chunk => chunk;
    public override bool IsBackground => true;
}

/// <summary>Publishes a checkpoint if it is the newest; if no row was changed, it is not.</summary>
internal sealed class PublishWrite(
    LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken)
    : LogWrite<bool>(log, cancellationToken, TaskCreationOptions.RunContinuationsAsynchronously)
{
    internal CheckpointId Checkpoint => checkpoint;
    internal ReadOnlyMemory<byte> Manifest => manifest;

    protected override bool ResultOf(int rows) => rows == 1;
}

/// <summary>Deletes the chunks of lower checkpoints, a few per transaction: a chunk is far larger than a record.</summary>
internal sealed class DropChunksWrite(LogName log, LogIndex below)
    : LogAction(log, CancellationToken.None, TaskCreationOptions.RunContinuationsAsynchronously)
{
    internal override int RowsAtOnce => 8;
    internal LogIndex Below => below;
}

/// <summary>Moves a part of what waits in a store's journal to the logs' tables, if the store has one.</summary>
internal sealed class SettleWrite() : LogAction(log: null, CancellationToken.None)
{
    public override bool IsBackground => true;

    // The next commit asks again.
    public override void Fail(string text, bool certain) => TrySetResult(false);
}
