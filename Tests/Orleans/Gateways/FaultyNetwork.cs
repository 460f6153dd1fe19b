using System.Diagnostics;
using System.Globalization;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>What is done to messages between nodes.</summary>
/// <param name="Lost">Of a hundred.</param>
/// <param name="Duplicated">Of a hundred.</param>
/// <param name="DelayMsMax">Each comes after up to so long, in its own time: so they overtake each other.</param>
internal sealed record LinkFaults(int Lost = 0, int Duplicated = 0, int DelayMsMax = 0);

/// <summary>
/// The network between gateways, in Maelstrom's place: takes each line that a node sends to another one, and delivers it, or loses,
/// duplicates or delays it. A link that is cut when a message arrives loses it, as Maelstrom's partitions do. Clients' messages pass
/// untouched. Counts what was felt. Thread-safe.
/// </summary>
internal sealed class FaultyNetwork : IDisposable
{
    private readonly object _gate = new();
    private readonly Random _draws;
    private readonly PriorityQueue<Transit, (long AtMs, long Number)> _underWay = new();
    private readonly HashSet<(string From, string To)> _cuts = [];
    private readonly Dictionary<(string From, string To), long> _newest = [];
    private Dictionary<string, GatewayNode> _nodes = [];
    private LinkFaults _faults = new();
    private long _number;
    private bool _isEnded;

    internal FaultyNetwork(int seed)
    {
        _draws = new Random(seed);
        new Thread(Run) { IsBackground = true, Name = "network" }.Start();
    }

    internal long Delivered { get; private set; }
    internal long Lost { get; private set; }
    internal long Duplicated { get; private set; }
    internal long Delayed { get; private set; }
    internal long Overtaken { get; private set; }
    internal long Cut { get; private set; }

    private static long NowMs => (long)Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    internal void Connect(IEnumerable<GatewayNode> nodes)
    {
        lock (_gate)
            _nodes = nodes.ToDictionary(static node => node.Name);
    }

    internal void Apply(LinkFaults faults)
    {
        lock (_gate)
            _faults = faults;
    }

    /// <summary>Cuts one direction of a link.</summary>
    internal void CutOneWay(string from, string to)
    {
        lock (_gate)
            _cuts.Add((from, to));
    }

    /// <summary>Cuts a node from all others, both ways.</summary>
    internal void CutOff(string node)
    {
        lock (_gate)
        {
            foreach (string other in _nodes.Keys.Where(other => other != node))
                _cuts.UnionWith([(node, other), (other, node)]);
        }
    }

    internal void Heal()
    {
        lock (_gate)
            _cuts.Clear();
    }

    /// <summary>Takes a line that a node sends to another one.</summary>
    internal void Carry(string line)
    {
        lock (_gate)
        {
            Transit transit = new(NameIn(line, "\"src\":\""), NameIn(line, "\"dest\":\""), line, ++_number);
            bool isCopied = _draws.Next(100) < _faults.Duplicated;
            if (_draws.Next(100) < _faults.Lost)
                Lost++;
            else
                Delay(transit);

            if (isCopied)
            {
                Duplicated++;
                Delay(transit);
            }
        }
    }

    /// <summary>What was felt so far.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Delivered} messages between nodes delivered, {Lost} lost, {Duplicated} duplicated, {Delayed} delayed, "
                + $"{Overtaken} overtaken, {Cut} dropped by a cut");
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isEnded = true;
            Monitor.Pulse(_gate);
        }
    }

    private static string NameIn(string line, string before)
    {
        int from = line.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return line[from..line.IndexOf('"', from)];
    }

    private void Delay(Transit transit)
    {
        int delay = _draws.Next(_faults.DelayMsMax + 1);
        if (delay == 0)
        {
            Deliver(transit);
            return;
        }

        Delayed++;
        _underWay.Enqueue(transit, (NowMs + delay, transit.Number));
        Monitor.Pulse(_gate);
    }

    private void Deliver(Transit transit)
    {
        (string From, string To) link = (transit.From, transit.To);
        if (_cuts.Contains(link))
        {
            Cut++;
            return;
        }

        long newest = _newest.GetValueOrDefault(link);
        Overtaken += transit.Number < newest ? 1 : 0;
        _newest[link] = Math.Max(newest, transit.Number);
        Delivered++;
        if (_nodes.TryGetValue(transit.To, out GatewayNode? node))
            node.Deliver(transit.Line);
    }

    private void Run()
    {
        lock (_gate)
        {
            while (!_isEnded)
            {
                long wait = 60_000;
                while (_underWay.TryPeek(out Transit? next, out (long AtMs, long Number) due) && (wait = due.AtMs - NowMs) <= 0)
                {
                    _underWay.Dequeue();
                    Deliver(next);
                }

                Monitor.Wait(_gate, (int)Math.Clamp(wait, 1, 60_000));
            }
        }
    }

    private sealed record Transit(string From, string To, string Line, long Number);
}
