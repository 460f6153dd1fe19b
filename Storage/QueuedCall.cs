namespace OrleansShards.Storage;

/// <summary>A call that is carried out and answered by itself, on one thread.</summary>
internal interface IQueuedCall
{
    /// <summary>Carries it out and answers.</summary>
    /// <param name="health">A store that has stopped carries out nothing.</param>
    /// <param name="textFor">What a failure was, for an operator.</param>
    void Execute(StoreHealth health, Func<Exception, string> textFor);
}

/// <summary>A call with a result; continuations run on the thread that carried it out.</summary>
internal sealed class QueuedCall<TResult>(Func<TResult> carryOut, CancellationToken cancellationToken)
    : TaskCompletionSource<TResult>, IQueuedCall
{
    /// <summary>Queues a call, unless it is cancelled or refused.</summary>
    internal static ValueTask<TResult> Queue(
        CallThread<IQueuedCall> thread, Func<TResult> carryOut, long bytes, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<TResult>(cancellationToken);

        QueuedCall<TResult> call = new(carryOut, cancellationToken);
        if (thread.TryAdd(call, bytes) is { } refusal)
            call.TrySetException(new LogStoreException(refusal));

        return new(call.Task);
    }

    public void Execute(StoreHealth health, Func<Exception, string> textFor)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            TrySetCanceled(cancellationToken);
            return;
        }

        if (health.Broken is { } broken)
        {
            TrySetException(new LogStoreException(broken));
            return;
        }

        TResult result;
        try
        {
            result = carryOut();
        }
        catch (Exception exception)
        {
            TrySetException(new LogStoreException(textFor(exception), exception));
            return;
        }

        TrySetResult(result);
    }
}
