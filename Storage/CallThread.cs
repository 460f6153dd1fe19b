namespace OrleansShards.Storage;

/// <summary>
/// A thread that carries out calls in the order in which they came; several may be taken together. It is a thread of its
/// own because pool threads that block on a disk starve everybody else, and because a heartbeat's record must not wait for
/// a busy pool.
/// </summary>
internal sealed class CallThread<TCall>
    where TCall : class
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StoreFaults? _faults;
    private readonly CallQueue<TCall> _queue;
    private readonly Func<IReadOnlyList<(TCall Call, long Bytes)>, bool> _carryOut;

    /// <param name="name">The thread's name.</param>
    /// <param name="limits">How much may wait.</param>
    /// <param name="faults">A test's gate before each take.</param>
    /// <param name="carryOut">
    /// Carries out what was taken; throws nothing. Returns whether it has more to do, and is then called again although
    /// nothing may be waiting.
    /// </param>
    internal CallThread(
        string name, QueueLimits limits, StoreFaults? faults, Func<IReadOnlyList<(TCall Call, long Bytes)>, bool> carryOut)
    {
        (_queue, _faults, _carryOut) = (new(limits), faults, carryOut);
        new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Queues a call. Returns why it was refused, or null.</summary>
    internal string? TryAdd(TCall call, long bytes) => _queue.TryAdd(call, bytes);

    /// <summary>Refuses later calls; completes when everything that waited has been carried out. Repeatable.</summary>
    internal Task CloseAsync()
    {
        _queue.Close();
        return _ended.Task;
    }

    private void Run()
    {
        var more = false;
        while (more || _queue.Wait())
        {
            _faults?.TakeGate.Wait();
            more = _carryOut(_queue.Take());
        }

        _ended.SetResult();
    }
}

/// <summary>What tests make go wrong in any store with such threads; without it nothing costs more than a null check.</summary>
internal class StoreFaults
{
    /// <summary>Waited for before each take, so that a test decides what is taken together.</summary>
    internal ManualResetEventSlim TakeGate { get; } = new(initialState: true);
}
