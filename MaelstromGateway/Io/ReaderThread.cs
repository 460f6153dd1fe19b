namespace OrleansShards.MaelstromGateway.Io;

/// <summary>
/// The thread that reads, until the input ends or <see cref="Stop"/> is called. It delivers what it has read by then, except for a last
/// line without a line feed after <see cref="Stop"/>. Calls <paramref name="ended"/> once, when it will deliver nothing more.
/// </summary>
internal sealed class ReaderThread(LineReader lines, GatewayLog log, Action ended)
{
    private volatile bool _stopping;
    private State _state = State.Working;

    private enum State { Working, Waiting, Abandoned }

    internal void Start() => new Thread(Run) { IsBackground = true, Name = "reader" }.Start();

    /// <summary>A read that waits for input cannot be cancelled: its thread is abandoned, and later input is ignored.</summary>
    internal void Stop()
    {
        _stopping = true;
        if (Interlocked.CompareExchange(ref _state, State.Abandoned, State.Waiting) == State.Waiting)
            ended();
    }

    private void Run()
    {
        try
        {
            bool isEnd = false;
            while (!isEnd && TryRead(out isEnd))
            {
                lines.Deliver();
                if (isEnd)
                    lines.DeliverLast();
            }
        }
        catch (IOException error)
        {
            log.Error($"stdin cannot be read any more, which is taken for its end: {error.Message}");
        }

        // Whichever of the two threads abandons it first reports the end. The state may still be Waiting here:
        // 1. Stop is called while a line is delivered, and finds a thread that is working.
        // 2. The thread's next turn sets Waiting, sees that it is to stop, and ends.
        if (Interlocked.Exchange(ref _state, State.Abandoned) != State.Abandoned)
            ended();
    }

    /// <summary>Reads once; false if it was stopped.</summary>
    private bool TryRead(out bool isEnd)
    {
        isEnd = false;
        Interlocked.CompareExchange(ref _state, State.Waiting, State.Working);
        if (_stopping)
            return false;

        isEnd = !lines.Read();
        return Interlocked.CompareExchange(ref _state, State.Working, State.Waiting) == State.Waiting;
    }
}
