using OrleansShards.Grains.Diagnostics;

namespace OrleansShards.Grains.Storage;

/// <summary>Opens the store of a silo's logs, and checks once that it is safe.</summary>
public interface ILogStoreSource
{
    /// <summary>Returns the same store every time. The first call opens it and checks that it creates records atomically.</summary>
    /// <exception cref="LogStoreException">It cannot be opened, or is not safe; the text names it and says why.</exception>
    Task<ILogStore> OpenAsync();
}

/// <summary>
/// Opens a store once, with the first call; concurrent calls wait for the same opening. After a failure the next call tries
/// again. A store that is ours is closed with the silo's container, and so after the grains.
/// </summary>
internal sealed class LogStoreSource(string description, Func<Task<ILogStore>> open, Func<ILogStore, Task> probe, bool isOurs = true)
    : ILogStoreSource, IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private Task<ILogStore>? _opening;
    private Task? _closing;

    public Task<ILogStore> OpenAsync()
    {
        lock (_lock)
        {
            if (_closing is not null)
                throw new LogStoreException($"{description} was closed with its silo; expected no call any more.");

            // Not on a caller's scheduler: a grain that is deactivated meanwhile would end the opening for all callers.
            return _opening = _opening is null or { IsFaulted: true } or { IsCanceled: true } ? Task.Run(OpenAndProbeAsync) : _opening;
        }
    }

    /// <summary>Closes the store, if it was opened and is ours. Repeatable.</summary>
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

        // An opening that fails closes what it opened, and its callers get the failure.
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

/// <summary>
/// Opens the store when the silo starts, so that an unusable store fails the start and not the first request, and has it guarded.
/// </summary>
internal sealed class LogStoreStart(ILogStoreSource source, StoreWatch watch) : ILifecycleParticipant<ISiloLifecycle>
{
    // At the last stage, since providers may be grains themselves.
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(LogStoreStart), ServiceLifecycleStage.Active, async _ => watch.Guard(await source.OpenAsync()));
}
