namespace OrleansShards.Storage.Directory;

/// <summary>
/// A thread that carries out calls in the order they came; several of a kind may be taken together. It is a thread of its
/// own because pool threads that block on a disk starve everybody else.
/// </summary>
internal sealed class CallThread<TCall>
    where TCall : class
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DirectoryFaults? _faults;
    private readonly CallQueue<TCall> _queue;
    private readonly Action<IEnumerable<TCall>> _carryOut;

    /// <param name="name">The thread's.</param>
    /// <param name="options">How much may wait.</param>
    /// <param name="carryOut">Answers every one of the calls; throws nothing.</param>
    internal CallThread(string name, DirectoryLogStoreOptions options, Action<IEnumerable<TCall>> carryOut)
    {
        (_faults, _carryOut) = (options.Faults, carryOut);
        _queue = new(options.QueuedCallsMax, (long)options.QueuedMiBMax << 20);
        new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    internal CallQueueAnswer TryAdd(TCall call, long bytes) => _queue.TryAdd(call, bytes);

    /// <summary>Takes nothing more; done once what waited has been carried out. Repeatable.</summary>
    internal Task CloseAsync()
    {
        _queue.Close();
        return _ended.Task;
    }

    private void Run()
    {
        while (_queue.Wait())
        {
            _faults?.TakeGate.Wait();
            _carryOut(_queue.Take().Select(taken => taken.Call));
        }

        _ended.SetResult();
    }
}
