namespace OrleansShards.Storage;

/// <summary>Executes the store requests of nodes and turns each result into a completion.</summary>
public sealed class StoreRunner(ILogStore store)
{
    /// <summary>Executes one request. Throws nothing: a failure is a completion, too.</summary>
    public async ValueTask<StoreCompletion> RunAsync(StoreRequest request)
    {
        var op = request.Op;
        try
        {
            switch (request)
            {
                case StoreRequest.Put put:
                    var (outcome, reason) = await store.PutAsync(put.Log, put.Index, put.Record).ConfigureAwait(false);
                    return new StoreCompletion.Put(op, outcome, reason);
                case StoreRequest.Read read:
                    var (records, checkpoint) = await store.ReadAsync(read.Log, read.From, read.BytesMax).ConfigureAwait(false);
                    return new StoreCompletion.Read(op, records, checkpoint);
                case StoreRequest.Probe probe:
                    return new StoreCompletion.Probe(op, await store.ProbeAsync(probe.Log, probe.Index).ConfigureAwait(false));
                case StoreRequest.Drop drop:
                    await store.DropAsync(drop.Log, drop.UpTo, drop.Keep).ConfigureAwait(false);
                    return new StoreCompletion.Done(op);
                case StoreRequest.PutChunk chunk:
                    await store.PutChunkAsync(chunk.Log, chunk.Checkpoint, chunk.Number, chunk.Chunk).ConfigureAwait(false);
                    return new StoreCompletion.Done(op);
                case StoreRequest.Publish publish:
                    return new StoreCompletion.Published(
                        op, await store.PublishAsync(publish.Log, publish.Checkpoint, publish.Manifest).ConfigureAwait(false));
                case StoreRequest.ReadManifest manifest:
                    return new StoreCompletion.Manifest(op, await store.ReadManifestAsync(manifest.Log).ConfigureAwait(false));
                case StoreRequest.ReadChunk part:
                    return new StoreCompletion.Chunk(
                        op, await store.ReadChunkAsync(part.Log, part.Checkpoint, part.Number).ConfigureAwait(false));
                default:
                    throw new ArgumentException($"{request.GetType().Name} is no request of a store");
            }
        }
        catch (Exception failure) when (failure is LogStoreException or OperationCanceledException or ObjectDisposedException)
        {
            return request is StoreRequest.Put
                ? new StoreCompletion.Put(op, PutOutcome.Unknown, failure.Message)
                : new StoreCompletion.Failed(op, failure.Message);
        }
    }
}
