using OrleansShards.MaelstromGateway.Network;

namespace OrleansShards.MaelstromGateway.Requests;

/// <summary>
/// Where the silos' messages come on stdin, too, the thread that reads must never wait: what it would wait for may be one of them. It hands
/// them to the network, and puts the other lines in a queue, from which a thread of its own delivers them to <paramref name="requests"/>.
/// That thread waits as a reader does elsewhere: during <c>init</c>, and while too many requests are under way. Lines beyond
/// <paramref name="countMax"/> or <paramref name="bytesMax"/> are lost, as Maelstrom may lose any message.
/// </summary>
internal sealed class LineSwitch(
    MaelstromNetwork network, ILineSink requests, int countMax, long bytesMax, GatewayLog log, Action ended) : ILineSink
{
    private readonly object _gate = new();
    private Queue<byte[]> _lines = [];
    private long _bytes;
    private bool _isEnded;
    private bool _isLossTold;

    internal void Start() => new Thread(Deliver) { IsBackground = true, Name = "requests" }.Start();

    public void OnLine(ReadOnlyMemory<byte> line)
    {
        if (!network.TryReceive(line))
            Enqueue(line);
    }

    public void OnTooLong(ReadOnlySpan<byte> beginning) =>
        log.Warning($"a line is skipped: it is longer than allowed: {FieldTexts.Excerpt(beginning)}");

    public void OnPause() => network.Flush();

    /// <summary>No more requests: those that came are delivered. The network goes on.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _isEnded = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>The input has ended, and the network with it.</summary>
    internal void OnInputEnded()
    {
        network.Shut("stdin has ended, and with it the network");
        Stop();
    }

    private void Enqueue(ReadOnlyMemory<byte> line)
    {
        lock (_gate)
        {
            if (_isEnded)
                return;

            if (_lines.Count >= countMax || _bytes + line.Length > bytesMax)
            {
                Lose();
                return;
            }

            _lines.Enqueue(line.ToArray());
            _bytes += line.Length;
            Monitor.Pulse(_gate);
        }
    }

    private void Lose()
    {
        if (!_isLossTold)
            log.Warning($"requests are lost: {countMax} of them, or {bytesMax} bytes, wait for others to be answered");

        _isLossTold = true;
    }

    private void Deliver()
    {
        for (Queue<byte[]> lines = Take(); lines.Count > 0; lines = Take())
        {
            foreach (byte[] line in lines)
                requests.OnLine(line);

            requests.OnPause();
        }

        ended();
    }

    /// <summary>Waits for lines and takes all; none at the end.</summary>
    private Queue<byte[]> Take()
    {
        lock (_gate)
        {
            while (_lines.Count == 0 && !_isEnded)
                Monitor.Wait(_gate);

            Queue<byte[]> taken = _lines;
            (_lines, _bytes) = ([], 0);
            return taken;
        }
    }
}
