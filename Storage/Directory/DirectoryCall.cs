namespace OrleansShards.Storage.Directory;

/// <summary>Any call but a put: carried out and answered on one thread.</summary>
internal interface IDirectoryCall
{
    /// <summary>Does it and answers.</summary>
    void Execute(StoreHealth health, string directory);

    /// <summary>Nothing was done.</summary>
    void Fail(string text);
}

/// <summary>A call with a result; continuations run on the thread that carried it out.</summary>
internal sealed class DirectoryCall<TResult>(Func<TResult> carryOut, CancellationToken cancellationToken)
    : TaskCompletionSource<TResult>, IDirectoryCall
{
    public void Execute(StoreHealth health, string directory)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            TrySetCanceled(cancellationToken);
            return;
        }

        if (health.Broken is { } broken)
        {
            Fail(broken);
            return;
        }

        TResult result;
        try
        {
            result = carryOut();
        }
        catch (Exception exception)
        {
            var text = DirectoryFailure.TextFor(exception, directory);
            if (exception is UnknownOutcomeException)
            {
                health.Break(text);
            }

            TrySetException(new LogStoreException(text, exception));
            return;
        }

        TrySetResult(result);
    }

    public void Fail(string text) => TrySetException(new LogStoreException(text));
}
