using OrleansShards.Core;

namespace OrleansShards.Storage.Postgres;

/// <summary>
/// A write with a result. It is its own task source, and continuations run on the writing thread unless
/// <paramref name="options"/> say otherwise: a hop to the thread pool for each would cost more than the commit is long.
/// </summary>
internal abstract class PostgresWrite<TResult>(
    LogName? log, CancellationToken cancellationToken, TaskCreationOptions options = TaskCreationOptions.None)
    : TaskCompletionSource<TResult>(options), IPostgresWrite
{
    public LogName? Log => log;

    public virtual (ulong Index, ulong Term, int Number) Place => default;

    public bool IsCancelled => cancellationToken.IsCancellationRequested;

    public abstract void Complete();

    public virtual void Fail(string text, bool certain) => TrySetException(new LogStoreException(text));

    public virtual void Cancel() => TrySetCanceled(cancellationToken);
}
