namespace OrleansShards.MaelstromGateway.Io;

/// <summary>
/// The thread that reads. It ends with the input, or by <see cref="Stop"/>; what it has read by then is handed over
/// completely, but for a last line that has not come to its end.
/// </summary>
internal sealed class ReaderThread
{
    private const int Working = 0;
    private const int Waiting = 1;
    private const int Abandoned = 2;

    private readonly LineReader _lines;
    private readonly GatewayLog _log;
    private readonly Action _ended;
    private volatile bool _stopping;
    private int _state = Working;

    /// <summary>A thread that is not started yet.</summary>
    /// <param name="lines">What it reads.</param>
    /// <param name="log">Where it reports an input that fails.</param>
    /// <param name="ended">Called once, when nothing more will be handed over.</param>
    internal ReaderThread(LineReader lines, GatewayLog log, Action ended)
    {
        _lines = lines;
        _log = log;
        _ended = ended;
    }

    /// <summary>Starts it.</summary>
    internal void Start() => new Thread(Run) { IsBackground = true, Name = "reader" }.Start();

    /// <summary>
    /// Makes it stop. A read that waits for input cannot be called back: its thread is left behind, and should input
    /// come after all, it is not looked at.
    /// </summary>
    internal void Stop()
    {
        _stopping = true;
        if (Interlocked.CompareExchange(ref _state, Abandoned, Waiting) == Waiting)
            _ended();
    }

    private void Run()
    {
        try
        {
            while (ReadOn(out bool isEnd))
            {
                _lines.Deliver();
                if (isEnd)
                {
                    _lines.DeliverLast();
                    break;
                }
            }
        }
        catch (IOException error)
        {
            _log.Error($"stdin cannot be read any more, which is taken for its end: {error.Message}");
        }

        // Whoever abandons it first tells of the end. The state may still say that it waits here: 1. Stop comes while a
        // line is handed over, and finds nothing that waits; 2. the next turn is about to wait, and sees that it is to stop.
        if (Interlocked.Exchange(ref _state, Abandoned) != Abandoned)
            _ended();
    }

    /// <summary>False if it was stopped.</summary>
    private bool ReadOn(out bool isEnd)
    {
        isEnd = false;
        Interlocked.CompareExchange(ref _state, Waiting, Working);
        if (_stopping)
            return false;

        isEnd = !_lines.Read();
        return Interlocked.CompareExchange(ref _state, Working, Waiting) == Waiting;
    }
}
