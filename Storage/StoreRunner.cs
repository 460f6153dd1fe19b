namespace OrleansShards.Storage;

/// <summary>Carries store requests of nodes out against a store, and turns whatever comes of them into completions.</summary>
/// <param name="store">The store.</param>
public sealed class StoreRunner(ILogStore store)
{
    /// <summary>Carries one request out. Throws nothing: a failure is a completion, too.</summary>
    public async ValueTask<StoreCompletion> RunAsync(StoreRequest request)
    {
        try
        {
            return await Dispatch(request).ConfigureAwait(false);
        }
        catch (Exception failure)
            when (failure is LogStoreException or OperationCanceledException or ObjectDisposedException)
        {
            return request is StoreRequest.Put
                ? new StoreCompletion.Put(request.Op, PutOutcome.Unknown, failure.Message)
                : new StoreCompletion.Failed(request.Op, failure.Message);
        }
    }

    private ValueTask<StoreCompletion> Dispatch(StoreRequest request) => request switch
    {
        StoreRequest.Put put => PutAsync(put),
        StoreRequest.Read read => ReadAsync(read),
        StoreRequest.Probe probe => ProbeAsync(probe),
        StoreRequest.Drop drop => DropAsync(drop),
        StoreRequest.PutChunk chunk => PutChunkAsync(chunk),
        StoreRequest.Publish publish => PublishAsync(publish),
        StoreRequest.ReadManifest manifest => ReadManifestAsync(manifest),
        StoreRequest.ReadChunk chunk => ReadChunkAsync(chunk),
        _ => throw new ArgumentException($"{request.GetType().Name} is no request of a store"),
    };

    private async ValueTask<StoreCompletion> PutAsync(StoreRequest.Put put)
    {
        (PutOutcome outcome, string? reason) =
            await store.PutAsync(put.Log, put.Index, put.Record).ConfigureAwait(false);
        return new StoreCompletion.Put(put.Op, outcome, reason);
    }

    private async ValueTask<StoreCompletion> ReadAsync(StoreRequest.Read read)
    {
        (IReadOnlyList<StoredRecord> records, Core.LogIndex checkpoint) =
            await store.ReadAsync(read.Log, read.From, read.BytesMax).ConfigureAwait(false);
        return new StoreCompletion.Read(read.Op, records, checkpoint);
    }

    private async ValueTask<StoreCompletion> ProbeAsync(StoreRequest.Probe probe) =>
        new StoreCompletion.Probe(probe.Op, await store.ProbeAsync(probe.Log, probe.Index).ConfigureAwait(false));

    private async ValueTask<StoreCompletion> DropAsync(StoreRequest.Drop drop)
    {
        await store.DropAsync(drop.Log, drop.UpTo, drop.Keep).ConfigureAwait(false);
        return new StoreCompletion.Done(drop.Op);
    }

    private async ValueTask<StoreCompletion> PutChunkAsync(StoreRequest.PutChunk chunk)
    {
        await store.PutChunkAsync(chunk.Log, chunk.Checkpoint, chunk.Number, chunk.Chunk).ConfigureAwait(false);
        return new StoreCompletion.Done(chunk.Op);
    }

    private async ValueTask<StoreCompletion> PublishAsync(StoreRequest.Publish publish)
    {
        bool isNewest =
            await store.PublishAsync(publish.Log, publish.Checkpoint, publish.Manifest).ConfigureAwait(false);
        return new StoreCompletion.Published(publish.Op, isNewest);
    }

    private async ValueTask<StoreCompletion> ReadManifestAsync(StoreRequest.ReadManifest manifest) =>
        new StoreCompletion.Manifest(manifest.Op, await store.ReadManifestAsync(manifest.Log).ConfigureAwait(false));

    private async ValueTask<StoreCompletion> ReadChunkAsync(StoreRequest.ReadChunk chunk) => new StoreCompletion.Chunk(
        chunk.Op, await store.ReadChunkAsync(chunk.Log, chunk.Checkpoint, chunk.Number).ConfigureAwait(false));
}
