using OrleansShards.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>
/// Opens a store once, with the first call; whoever calls meanwhile waits for the same. An opening that failed is tried
/// again by the next call. Closes the store with the silo's container, and so after the grains.
/// </summary>
/// <param name="description">Of the store, for texts.</param>
internal abstract class SharedLogStoreSource(string description) : ILogStoreSource, IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private Task<(ILogStore Store, bool IsOurs)>? _opening;
    private Task? _closing;

    /// <summary>Of the store, for texts.</summary>
    protected string Description { get; } = description;

    /// <inheritdoc />
    public async Task<ILogStore> OpenAsync()
    {
        Task<(ILogStore Store, bool IsOurs)> opening;
        lock (_lock)
        {
            if (_closing is not null)
            {
                throw new LogStoreException($"{Description} was closed with its silo; expected no call any more.");
            }

            // On no caller's scheduler: a grain that ends meanwhile would end it for all.
            opening = _opening is null or { IsFaulted: true } or { IsCanceled: true } ? Task.Run(OpenAndProbeAsync) : _opening;
            _opening = opening;
        }

        return (await opening).Store;
    }

    /// <summary>Closes the store, if it was opened and is not somebody else's. Repeatable.</summary>
    public async ValueTask DisposeAsync()
    {
        Task closing;
        lock (_lock)
        {
            closing = _closing ??= CloseAsync(_opening);
        }

        await closing;
    }

    /// <summary>For containers that are not disposed asynchronously.</summary>
    public void Dispose() => Task.Run(() => DisposeAsync().AsTask()).GetAwaiter().GetResult();

    /// <summary>Opens the store, and says whether closing it is ours.</summary>
    protected abstract Task<(ILogStore Store, bool IsOurs)> OpenStoreAsync();

    /// <summary>Makes sure that it creates records atomically.</summary>
    /// <exception cref="LogStoreException">It does not.</exception>
    protected abstract Task ProbeAsync(ILogStore store);

    private static async Task CloseAsync(Task<(ILogStore Store, bool IsOurs)>? opening)
    {
        if (opening is null)
        {
            return;
        }

        // One that fails has closed what it opened, and told its caller.
        await opening.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (opening is { IsCompletedSuccessfully: true, Result: (var store, true) })
        {
            await store.DisposeAsync();
        }
    }

    private async Task<(ILogStore Store, bool IsOurs)> OpenAndProbeAsync()
    {
        (ILogStore store, bool isOurs) = await OpenStoreAsync();
        try
        {
            await ProbeAsync(store);
            return (store, isOurs);
        }
        catch
        {
            await (isOurs ? store.DisposeAsync() : ValueTask.CompletedTask);
            throw;
        }
    }
}
