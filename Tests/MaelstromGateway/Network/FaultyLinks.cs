using System.Buffers;
using System.Globalization;
using OrleansShards.MaelstromGateway.Network;

namespace OrleansShards.Tests.MaelstromGateway.Network;

/// <summary>
/// Nodes' connections in virtual time, over links that lose, delay, overtake, duplicate and cut what a seed says, each message as the line
/// that it is on stdout. Counts what was felt.
/// </summary>
internal sealed class FaultyLinks(int seed)
{
    internal const int TickMs = 5;

    private readonly Random _draws = new(seed);
    private readonly Dictionary<string, StreamTable> _nodes = new(StringComparer.Ordinal);
    private readonly PriorityQueue<Transit, (long At, long Number)> _underWay = new();
    private readonly Dictionary<(string From, string To), long> _delivered = [];
    private readonly HashSet<(string From, string To)> _cuts = [];
    private long _ids;
    private long _sent;

    internal Random Draws => _draws;

    internal long Now { get; private set; }

    /// <summary>Of a hundred messages.</summary>
    internal int Lost { get; set; }

    internal int Duplicated { get; set; }

    /// <summary>Of a thousand messages: so late that what they belong to may be over.</summary>
    internal int Stale { get; set; }

    internal int DelayMsMax { get; set; }

    internal FeltFaults Felt { get; } = new();

    /// <summary>How many messages were sent.</summary>
    internal long Sent => _sent;

    /// <summary>What a node does with a connection that has received something.</summary>
    internal Action<string, StreamConnection> Received { get; set; } = static (_, _) => { };

    internal StreamTable this[string node] => _nodes[node];

    /// <summary>A node, or its next process: nothing of the one before is left.</summary>
    internal void Start(string node)
    {
        StreamTable table = new(() => (++_ids).ToString(CultureInfo.InvariantCulture), new StreamLimits());
        table.IsListening = true;
        _nodes[node] = table;
    }

    internal void Cut(string from, string to) => _cuts.Add((from, to));

    internal void Heal() => _cuts.Clear();

    /// <summary>Lets a few milliseconds pass.</summary>
    internal void Tick()
    {
        Now += TickMs;
        while (_underWay.TryPeek(out Transit? next, out (long At, long Number) due) && due.At <= Now)
        {
            _underWay.Dequeue();
            Deliver(next);
        }

        foreach ((string name, StreamTable table) in _nodes)
        {
            while (table.TryTake(Now, out string? peer, out Segment? segment))
                Send(name, peer, segment);

            table.TakeOver();
        }
    }

    private void Send(string from, string to, Segment segment)
    {
        ArrayBufferWriter<byte> line = new();
        SegmentText.Write(line, from, to, segment);
        Transit transit = new(from, to, line.WrittenMemory, ++_sent);
        bool isCopied = _draws.Next(100) < Duplicated;
        if (_draws.Next(100) < Lost)
            Felt.Lost++;
        else
            Delay(transit);

        if (isCopied)
        {
            Felt.Duplicated++;
            Delay(transit);
        }
    }

    private void Delay(Transit transit)
    {
        int delay = _draws.Next(DelayMsMax + 1);
        if (_draws.Next(1000) < Stale)
            delay += _draws.Next(30_000);

        _underWay.Enqueue(transit, (Now + delay, transit.Number));
    }

    private void Deliver(Transit transit)
    {
        (string From, string To) link = (transit.From, transit.To);
        if (_cuts.Contains(link))
        {
            Felt.Cut++;
            return;
        }

        long newest = _delivered.GetValueOrDefault(link);
        Felt.Overtaken += transit.Number < newest ? 1 : 0;
        _delivered[link] = Math.Max(newest, transit.Number);
        Assert.True(SegmentText.TryRead(transit.Line.Span, out string source, out _, out Segment segment));
        if (_nodes[transit.To].Receive(source, segment, Now) is { } connection)
            Received(transit.To, connection);
    }

    private sealed record Transit(string From, string To, ReadOnlyMemory<byte> Line, long Number);
}

/// <summary>How often each fault was felt: a run without one shows nothing about it.</summary>
internal sealed class FeltFaults
{
    internal int Lost { get; set; }
    internal int Duplicated { get; set; }
    internal int Overtaken { get; set; }
    internal int Cut { get; set; }

    internal void Add(FeltFaults other)
    {
        Lost += other.Lost;
        Duplicated += other.Duplicated;
        Overtaken += other.Overtaken;
        Cut += other.Cut;
    }

    internal void AssertEach(int least)
    {
        (string Name, int Count)[] all = [("lost", Lost), ("duplicated", Duplicated), ("overtaken", Overtaken), ("cut", Cut)];
        Assert.All(all, one => Assert.True(one.Count >= least, $"expected at least {least} messages {one.Name}, seen {one.Count}"));
    }
}
