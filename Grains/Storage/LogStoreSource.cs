namespace OrleansShards.Grains.Storage;

/// <summary>
/// Opens a store once, with the first call; whoever calls meanwhile waits for the same. An opening that failed is tried
/// again by the next call. Closes the store with the silo's container, and so after the grains.
/// </summary>
/// <param name="description">Of the store, for texts.</param>
/// <param name="open">Opens it.</param>
/// <param name="probe">Throws a <see cref="LogStoreException"/> where it does not create records atomically.</param>
/// <param name="isOurs">Whether it is closed with the silo.</param>
internal sealed class LogStoreSource(
    string description, Func<Task<ILogStore>> open, Func<ILogStore, Task> probe, bool isOurs = true)
    : ILogStoreSource, IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private Task<ILogStore>? _opening;
    private Task? _closing;

    /// <inheritdoc />
    public Task<ILogStore> OpenAsync()
    {
        lock (_lock)
        {
            if (_closing is not null)
                throw new LogStoreException($"{description} was closed with its silo; expected no call any more.");

            // On no caller's scheduler: a grain that ends meanwhile would end it for all.
            return _opening = _opening is null or { IsFaulted: true } or { IsCanceled: true } ? Task.Run(OpenAndProbeAsync) : _opening;
        }
    }

    /// <summary>Closes the store, if it was opened and is not somebody else's. Repeatable.</summary>
    public async ValueTask DisposeAsync()
    {
        Task closing;
        lock (_lock)
            closing = _closing ??= CloseAsync(_opening);

        await closing;
    }

    /// <summary>For containers that are not disposed asynchronously.</summary>
    public void Dispose() => Task.Run(() => DisposeAsync().AsTask()).GetAwaiter().GetResult();

    private async Task CloseAsync(Task<ILogStore>? opening)
    {
        if (opening is null || !isOurs)
            return;

        // An opening that fails has closed what it opened, and told its caller.
        await opening.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (opening.IsCompletedSuccessfully)
            await opening.Result.DisposeAsync();
    }

    private async Task<ILogStore> OpenAndProbeAsync()
    {
        ILogStore store = await open();
        try
        {
            await probe(store);
            return store;
        }
        catch
        {
            await (isOurs ? store.DisposeAsync() : ValueTask.CompletedTask);
            throw;
        }
    }
}
