namespace OrleansShards.Storage;

/// <summary>How much may wait for a thread, and the texts with which a call is refused.</summary>
internal sealed record QueueLimits(int CallsMax, long BytesMax, string TooMuch, string Closed)
{
    /// <summary>The limits of a store in a directory or a file of this machine.</summary>
    internal static QueueLimits OnDisk(string path, int callsMax, int mebibytesMax) => new(
        callsMax, (long)mebibytesMax << 20,
        $"Too much waits for '{path}' ({callsMax} calls or {mebibytesMax} MiB): the disk does not keep up.",
        $"The store '{path}' was closed; nothing can be written to it or read from it.");
}

/// <summary>
/// A thread that executes queued calls in their order and may take several together. A call that finds the queue full is
/// refused; no caller waits for room. The thread is a dedicated one because pool threads that block on a disk starve all
/// other work, and because a heartbeat's record must not wait for a busy pool.
/// </summary>
internal sealed class CallThread<TCall>
    where TCall : class
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly QueueLimits _limits;
    private readonly StoreFaults? _faults;
    private readonly Func<IReadOnlyList<(TCall Call, long Bytes)>, TimeSpan> _execute;
    private readonly object _lock = new();
    private List<(TCall Call, long Bytes)> _waiting = [];
    private List<(TCall Call, long Bytes)> _taken = [];
    private long _bytes;
    private bool _isIdle;
    private bool _closed;

    /// <summary>
    /// <paramref name="execute"/> throws nothing and keeps no list. It is called again after the time that it returns, or sooner if there
    /// is a call; <see cref="Timeout.InfiniteTimeSpan"/>: when there is one.
    /// </summary>
    internal CallThread(
        string name, QueueLimits limits, StoreFaults? faults, Func<IReadOnlyList<(TCall Call, long Bytes)>, TimeSpan> execute)
    {
        (_limits, _faults, _execute) = (limits, faults, execute);
        new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Queues a call. Returns why it was refused, or null.</summary>
    internal string? TryAdd(TCall call, long bytes)
    {
        lock (_lock)
        {
            if (_closed)
                return _limits.Closed;

            if (_waiting.Count >= _limits.CallsMax || _bytes + bytes > _limits.BytesMax)
                return _limits.TooMuch;

            _waiting.Add((call, bytes));
            _bytes += bytes;
            if (_isIdle)
                Monitor.Pulse(_lock);

            return null;
        }
    }

    /// <summary>Refuses later calls; completes when every call that waited has been executed. Repeatable.</summary>
    internal Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            Monitor.Pulse(_lock);
        }

        return _ended.Task;
    }

    private void Run()
    {
        var again = Timeout.InfiniteTimeSpan;
        while (WaitForCall(again))
        {
            _faults?.TakeGate.Wait();
            again = _execute(TakeAll());
        }

        _ended.SetResult();
    }

    /// <summary>Returns false once the queue is closed and empty, and nothing is to be done again.</summary>
    private bool WaitForCall(TimeSpan limit)
    {
        lock (_lock)
        {
            if (limit == TimeSpan.Zero || _waiting.Count > 0)
                return true;

            // Monitor.Wait takes whole milliseconds and cuts the rest off: less than one would not wait, and the loop would spin.
            _isIdle = true;
            if (limit != Timeout.InfiniteTimeSpan && !_closed)
                Monitor.Wait(_lock, (int)Math.Ceiling(limit.TotalMilliseconds));

            while (limit == Timeout.InfiniteTimeSpan && _waiting.Count == 0 && !_closed)
                Monitor.Wait(_lock);

            _isIdle = false;
            return _waiting.Count > 0 || limit != Timeout.InfiniteTimeSpan;
        }
    }

    private List<(TCall Call, long Bytes)> TakeAll()
    {
        lock (_lock)
        {
            (_taken, _waiting) = (_waiting, _taken);
            _waiting.Clear();
            _bytes = 0;
            return _taken;
        }
    }
}

/// <summary>A thread that executes and answers calls one by one, unless the store has stopped. Continuations run on it.</summary>
internal sealed class AnsweringThread
{
    private readonly CallThread<Action> _thread;
    private readonly StoreHealth _health;
    private readonly Func<Exception, string> _textFor;

    internal AnsweringThread(string name, QueueLimits limits, StoreFaults? faults, StoreHealth health, Func<Exception, string> textFor)
    {
        (_health, _textFor) = (health, textFor);
        _thread = new(name, limits, faults, static taken =>
        {
            foreach (var (call, _) in taken)
                call();

            return Timeout.InfiniteTimeSpan;
        });
    }

    /// <summary>Queues a call, unless it is cancelled or refused.</summary>
    internal ValueTask<TResult> Queue<TResult>(Func<TResult> execute, long bytes, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<TResult>(cancellationToken);

        TaskCompletionSource<TResult> answer = new();
        if (_thread.TryAdd(() => Execute(execute, answer, cancellationToken), bytes) is { } refusal)
            answer.TrySetException(new LogStoreException(refusal));

        return new(answer.Task);
    }

    internal Task CloseAsync() => _thread.CloseAsync();

    private void Execute<TResult>(Func<TResult> execute, TaskCompletionSource<TResult> answer, CancellationToken cancellationToken)
    {
        try
        {
            if (cancellationToken.IsCancellationRequested)
                answer.TrySetCanceled(cancellationToken);
            else if (_health.Broken is { } broken)
                answer.TrySetException(new LogStoreException(broken));
            else
                answer.TrySetResult(execute());
        }
        catch (Exception exception)
        {
            answer.TrySetException(new LogStoreException(_textFor(exception), exception));
        }
    }
}

/// <summary>Counts the calls under way, so that closing can wait for them. Thread-safe.</summary>
internal sealed class OpenCalls
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One is for the open store itself: at 0 the last call of a closed store has ended.
    private int _open = 1;
    private int _closed;

    internal int Count => Volatile.Read(ref _open) - 1;

    /// <summary>
    /// Returns false once it is closed; the call is then refused. The call is counted before the flag is read: either the
    /// closing store waits for the call, or the call sees that the store is closed.
    /// </summary>
    internal bool TryEnter()
    {
        Interlocked.Increment(ref _open);
        if (Volatile.Read(ref _closed) == 0)
            return true;

        Leave();
        return false;
    }

    internal void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0)
            _ended.TrySetResult();
    }

    /// <summary>Refuses later calls; completes when the last call has left. Repeatable.</summary>
    internal Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
            Leave();

        return _ended.Task;
    }
}

/// <summary>
/// Whether the store may continue. After a failure that leaves in doubt what the disk holds, nothing more is read or written: a record
/// that is not visible now might reappear after the file is reopened, although a reader has been told that it does not exist.
/// </summary>
internal sealed class StoreHealth
{
    private string? _broken;

    /// <summary>Why the store has stopped; null while it has not.</summary>
    internal string? Broken => Volatile.Read(ref _broken);

    /// <summary>The first reason stays.</summary>
    internal void Break(string text) => Interlocked.CompareExchange(
        ref _broken, $"The store has stopped and reads and writes nothing more until it is reopened. {text}", null);
}

/// <summary>The faults that a test can inject into any store with such threads.</summary>
internal class StoreFaults
{
    /// <summary>Waited for before each take, so that a test decides what is taken together.</summary>
    internal ManualResetEventSlim TakeGate { get; } = new(initialState: true);
}
