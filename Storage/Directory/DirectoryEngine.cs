using System.Collections.Concurrent;
using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Storage.Directory;

/// <summary>
/// What a store runs on: threads that put records, the logs spread over them, and one each for reads, for probes, and for
/// checkpoints and drops.
/// </summary>
/// <remarks>
/// Different calls of one log need no order: who wants one awaits the other. A probe has a thread of its own although it
/// takes microseconds: it must not wait for a replay, and a pool thread must not wait for a file system that hangs.
/// </remarks>
internal sealed class DirectoryEngine : IAsyncDisposable
{
    /// <summary>How many puts of one log share a flush of the directory; the first waits for the last.</summary>
    private const int PutsAtOnce = 64;

    private readonly DirectoryLogStoreOptions _options;
    private readonly DirectoryRoot _root;
    private readonly StoreHealth _health = new();
    private readonly ConcurrentDictionary<LogName, DirectoryLog> _logs = new();
    private readonly ConcurrentDictionary<LogName, CallThread<PutCall>> _writerOf = new();
    private readonly CallThread<PutCall>[] _writers;
    private int _nextWriter;

    private DirectoryEngine(DirectoryLogStoreOptions options)
    {
        (_options, _root) = (options, new DirectoryRoot(options));
        _writers = [.. Enumerable.Range(0, options.Writers).Select(_ => new CallThread<PutCall>("log store writer", options, Put))];
        Reader = new("log store reader", options, Execute);
        Prober = new("log store prober", options, Execute);
        Keeper = new("log store keeper", options, Execute);
    }

    /// <summary>Reads records, manifests and chunks.</summary>
    internal CallThread<IDirectoryCall> Reader { get; }

    /// <summary>Looks whether records are there.</summary>
    internal CallThread<IDirectoryCall> Prober { get; }

    /// <summary>Writes chunks and manifests, and drops records.</summary>
    internal CallThread<IDirectoryCall> Keeper { get; }

    internal static async Task<DirectoryEngine> OpenAsync(DirectoryLogStoreOptions options, CancellationToken cancellationToken)
    {
        DirectoryEngine engine = new(options);
        try
        {
            await engine.Queue(engine.Keeper, engine.Open, 0, cancellationToken);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    internal ValueTask<(PutOutcome Outcome, string? Reason)> Put(
        LogName name, ulong index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        PutCall put = new(OfName(name), index, record, cancellationToken);
        var writer = _writerOf.GetOrAdd(
            name, _ => _writers[(uint)Interlocked.Increment(ref _nextWriter) % _writers.Length]);
        if (RefusalOf(writer.TryAdd(put, record.Length)) is { } text)
        {
            put.Refuse(text);
        }

        return new(put.Task);
    }

    internal ValueTask<TResult> Queue<TResult>(
        CallThread<IDirectoryCall> thread, LogName name, Func<DirectoryLog, TResult> carryOut, long bytes,
        CancellationToken cancellationToken)
    {
        var log = OfName(name);
        return Queue(thread, () => carryOut(log), bytes, cancellationToken);
    }

    internal ValueTask<IReadOnlyList<LogName>> List(CancellationToken cancellationToken) => Queue<IReadOnlyList<LogName>>(
        Reader,
        () => [.. _root.List().Where(name => OfName(name) is var log && (log.Checkpoints.FindNewest() > 0 || log.HasRecords()))
            .OrderBy(name => name.Value, StringComparer.Ordinal)],
        0,
        cancellationToken);

    /// <summary>Finishes what was asked before. Repeatable.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] ended = [.. _writers.Select(writer => writer.CloseAsync()), Reader.CloseAsync(), Prober.CloseAsync(), Keeper.CloseAsync()];
        await Task.WhenAll(ended);
    }

    private ValueTask<TResult> Queue<TResult>(
        CallThread<IDirectoryCall> thread, Func<TResult> carryOut, long bytes, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TResult>(cancellationToken);
        }

        DirectoryCall<TResult> call = new(carryOut, cancellationToken);
        if (RefusalOf(thread.TryAdd(call, bytes)) is { } text)
        {
            call.Fail(text);
        }

        return new(call.Task);
    }

    private DirectoryLog OfName(LogName name) => _logs.GetOrAdd(name, static (name, root) => new DirectoryLog(root, name), _root);

    private bool Open()
    {
        try
        {
            _root.CreateOrCheck();
            return true;
        }
        catch (Exception exception)
        {
            throw DirectoryFailure.AtOpening(exception, _options.Directory);
        }
    }

    private void Execute(IEnumerable<IDirectoryCall> calls)
    {
        foreach (var call in calls)
        {
            call.Execute(_health, _options.Directory);
        }
    }

    private void Put(IEnumerable<PutCall> puts)
    {
        foreach (var together in puts.GroupBy(put => put.Log).SelectMany(ofLog => ofLog.Chunk(PutsAtOnce)))
        {
            Array.ForEach(together, put => put.Write(_root, _health.Broken));
            Array.ForEach(together, put => put.Link(_root));
            Sync(together);
            Array.ForEach(together, put => put.Answer());
        }
    }

    private void Sync(PutCall[] puts)
    {
        var linked = Array.FindAll(puts, put => put.IsLinked);
        if (linked.Length == 0)
        {
            return;
        }

        try
        {
            linked[0].Log.SyncRecords(linked.Max(put => put.Index), always: true);
        }
        catch (Exception exception)
        {
            // First stopped, then answered: whoever hears of a doubtful put must not be told next what it cannot know.
            var text = DirectoryFailure.TextFor(exception, _options.Directory);
            _health.Break(text);
            Array.ForEach(linked, put => put.OnSyncFailed(text));
        }
    }

    private string? RefusalOf(CallQueueAnswer answer) => answer switch
    {
        CallQueueAnswer.Added => null,
        CallQueueAnswer.Full =>
            $"Too much waits for '{_options.Directory}' ({_options.QueuedCallsMax} calls or {_options.QueuedMiBMax} MiB): "
            + "the disk does not keep up.",
        CallQueueAnswer.Closed => $"The store '{_options.Directory}' was closed; nothing can be written to it or read from it.",
    };
}
