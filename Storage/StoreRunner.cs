using System.Collections.Concurrent;

namespace OrleansShards.Storage;

/// <summary>
/// Executes the store requests of a node and turns each into exactly one completion, whatever the store does: with its result, with the
/// reason of its failure, or at its deadline. A node waits for nothing else, so a request that is lost would stop it silently: a shadow
/// would never read again.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="clock">Measures the deadlines.</param>
/// <param name="report">
/// Told what an operator should know and no completion shows for sure: a failure of an unforeseen kind (with the exception), and a request
/// that was not answered. Once for each kind of request until one of that kind succeeds. Called on any thread; must not throw.
/// </param>
public sealed class StoreRunner(ILogStore store, TimeProvider clock, Action<string, Exception?> report)
{
    // Longer than the limits of the stores themselves (PostgreSQL: 3 s to connect, 4 s for a command): what they say tells more.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // What checkpoints write and drop is large, waits behind that of other logs, and no client waits for it.
    private static readonly TimeSpan BulkLimit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<Type, bool> _reported = new();

    /// <summary>
    /// Executes one request. Never throws and always ends. After a failure or a deadline a put's outcome is unknown, and another write may
    /// take effect later.
    /// </summary>
    public async ValueTask<StoreCompletion> RunAsync(StoreRequest request)
    {
        var executing = ExecuteAsync(request);
        var limit = LimitOf(request);
        try
        {
            var completion = await executing.WaitAsync(limit, clock).ConfigureAwait(false);
            _reported.TryRemove(request.GetType(), out _);
            return completion;
        }
        catch (TimeoutException) when (!executing.IsCompleted)
        {
            // What becomes of the request now is of no interest, but must not surface as an unobserved exception.
            _ = executing.ContinueWith(static late => late.Exception, TaskScheduler.Default);
            var text = $"the store has not answered {request.GetType().Name} within {limit.TotalSeconds:0} s";
            Report(request, $"{text}, and the request is given up; expected an answer: its disk or database hangs or is overloaded", null);
            return Failure(request, text);
        }
        catch (Exception failure) when (failure is LogStoreException or OperationCanceledException or ObjectDisposedException)
        {
            return Failure(request, failure.Message);
        }
        catch (Exception defect)
        {
            var text = $"the store has failed at {request.GetType().Name}: {defect.GetType().Name}: {defect.Message}";
            Report(request, text, defect);
            return Failure(request, text);
        }
    }

    private static TimeSpan LimitOf(StoreRequest request) =>
        request is StoreRequest.PutChunk or StoreRequest.Publish or StoreRequest.Drop ? BulkLimit : Limit;

    private async Task<StoreCompletion> ExecuteAsync(StoreRequest request)
    {
        var op = request.Op;
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

    private static StoreCompletion Failure(StoreRequest request, string reason) => request is StoreRequest.Put
        ? new StoreCompletion.Put(request.Op, PutOutcome.Unknown, reason)
        : new StoreCompletion.Failed(request.Op, reason);

    private void Report(StoreRequest request, string text, Exception? defect)
    {
        if (_reported.TryAdd(request.GetType(), true))
            report($"log {request.Log}: {text}", defect);
    }
}
