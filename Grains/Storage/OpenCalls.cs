namespace OrleansShards.Grains.Storage;

/// <summary>Counts the calls under way, so that closing can wait for them. Thread-safe.</summary>
internal sealed class OpenCalls
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private bool _closed;

    /// <returns>False once it is closed: then the call is refused.</returns>
    internal bool TryEnter()
    {
        lock (_lock)
        {
            _open += _closed ? 0 : 1;
            return !_closed;
        }
    }

    internal void Leave()
    {
        lock (_lock)
        {
            _open--;
            FinishIfLast();
        }
    }

    /// <summary>Lets nobody in any more. Ends when the last one has left.</summary>
    internal Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            FinishIfLast();
        }

        return _finished.Task;
    }

    private void FinishIfLast()
    {
        if (_closed && _open == 0)
            _finished.TrySetResult();
    }
}
