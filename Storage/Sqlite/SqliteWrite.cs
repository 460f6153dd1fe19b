namespace OrleansShards.Storage.Sqlite;

/// <summary>A call that writes: carried out in a transaction with others, answered when that is decided.</summary>
internal interface ISqliteWrite
{
    /// <summary>Whether the caller has lost interest; looked at before the work begins.</summary>
    bool IsCancelled { get; }

    /// <summary>Does a bounded part of the work in the writer's transaction.</summary>
    /// <returns>False where there is more to do in a later transaction.</returns>
    bool Execute(SqliteTransaction transaction);

    /// <summary>The transaction in which the work ended is durable.</summary>
    void Complete();

    /// <summary>
    /// It failed. Where <paramref name="certain"/>, the last part of the work is not done and never will be.
    /// </summary>
    void Fail(string text, bool certain);

    /// <summary>It was cancelled before it began.</summary>
    void Cancel();
}

/// <summary>
/// A write with a result. It is its own task source, and continuations run on the writer's thread: a hop to the thread
/// pool would cost more than the commit is long.
/// </summary>
internal abstract class SqliteWrite<TResult>(CancellationToken cancellationToken) : TaskCompletionSource<TResult>, ISqliteWrite
{
    public bool IsCancelled => cancellationToken.IsCancellationRequested;

    public abstract bool Execute(SqliteTransaction transaction);

    public abstract void Complete();

    public virtual void Fail(string text, bool certain) => TrySetException(new LogStoreException(text));

    public virtual void Cancel() => TrySetCanceled(cancellationToken);
}
