using System.Collections.Concurrent;

namespace OrleansShards.Storage.Directory;

/// <summary>
/// The machinery of a store: threads that put records, with the logs spread over them, and one thread each for reads, for
/// probes, and for checkpoints and drops.
/// </summary>
/// <remarks>
/// Different calls of one log need no order: a caller that wants one awaits the first call. Probes have a thread of their own
/// although they take microseconds: a probe must not wait for a replay, nor a pool thread for a file system that hangs.
/// </remarks>
internal sealed class DirectoryEngine : IAsyncDisposable
{
    /// <summary>How many puts of one log share a flush of the directory at most.</summary>
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
        var limits = QueueLimits.OnDisk(options.Directory, options.QueuedCallsMax, options.QueuedMiBMax);
        _writers =
        [
            .. Enumerable.Range(0, options.Writers)
                .Select(_ => new CallThread<PutCall>("log store writer", limits, options.Faults, Put)),
        ];
        Reader = Start("log store reader");
        Prober = Start("log store prober");
        Keeper = Start("log store keeper");

        CallThread<IQueuedCall> Start(string name) => IQueuedCall.StartThread(name, limits, options.Faults, _health, TextFor);
    }

    /// <summary>Reads records, manifests and chunks.</summary>
    internal CallThread<IQueuedCall> Reader { get; }

    internal CallThread<IQueuedCall> Prober { get; }

    /// <summary>Writes chunks and manifests, and drops records.</summary>
    internal CallThread<IQueuedCall> Keeper { get; }

    internal static async Task<DirectoryEngine> OpenAsync(DirectoryLogStoreOptions options, CancellationToken cancellationToken)
    {
        DirectoryEngine engine = new(options);
        try
        {
            await QueuedCall<bool>.Queue(engine.Keeper, engine.Open, 0, cancellationToken);
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
        if (writer.TryAdd(put, record.Length) is { } refusal)
            put.Refuse(refusal);

        return new(put.Task);
    }

    internal ValueTask<TResult> Queue<TResult>(
        CallThread<IQueuedCall> thread, LogName name, Func<DirectoryLog, TResult> execute, long bytes,
        CancellationToken cancellationToken)
    {
        var log = OfName(name);
        return QueuedCall<TResult>.Queue(thread, () => execute(log), bytes, cancellationToken);
    }

    internal ValueTask<IReadOnlyList<LogName>> List(CancellationToken cancellationToken) => QueuedCall<IReadOnlyList<LogName>>.Queue(
        Reader,
        () => [.. _root.List().Where(name => OfName(name) is var log && (log.Checkpoints.FindNewest() > 0 || log.HasRecords()))
            .OrderBy(name => name.Value, StringComparer.Ordinal)],
        0,
        cancellationToken);

    /// <summary>Finishes earlier calls. Repeatable.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] ended = [.. _writers.Select(writer => writer.CloseAsync()), Reader.CloseAsync(), Prober.CloseAsync(), Keeper.CloseAsync()];
        await Task.WhenAll(ended);
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

    private string TextFor(Exception exception)
    {
        var text = DirectoryFailure.TextFor(exception, _options.Directory);
        if (exception is UnknownOutcomeException)
            _health.Break(text);

        return text;
    }

    private bool Put(IReadOnlyList<(PutCall Call, long Bytes)> taken)
    {
        foreach (var together in taken.Select(put => put.Call).GroupBy(put => put.Log).SelectMany(ofLog => ofLog.Chunk(PutsAtOnce)))
        {
            Array.ForEach(together, put => put.Write(_root, _health.Broken));
            Array.ForEach(together, put => put.Link(_root));
            Sync(together);
            Array.ForEach(together, put => put.Answer());
        }

        return false;
    }

    private void Sync(PutCall[] puts)
    {
        var linked = Array.FindAll(puts, put => put.IsLinked);
        if (linked.Length == 0)
            return;

        try
        {
            linked[0].Log.SyncRecords(linked.Max(put => put.Index), always: true);
        }
        catch (Exception exception)
        {
            // 1. The store stops. 2. The callers are answered. In the other order a caller that learns of a doubtful put
            // could be told next whether the record exists.
            var text = DirectoryFailure.TextFor(exception, _options.Directory);
            _health.Break(text);
            Array.ForEach(linked, put => put.OnSyncFailed(text));
        }
    }
}
