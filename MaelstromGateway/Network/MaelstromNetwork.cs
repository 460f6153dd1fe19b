using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace OrleansShards.MaelstromGateway.Network;

/// <summary>
/// The silos' network in the messages that nodes send each other on stdin and stdout: gives the protocol (<see cref="StreamTable"/>) a
/// clock, a lock, a thread for what is due, and an end to read from and one to write to. Nothing here waits for anybody: the thread that
/// reads stdin would hold up the other side, which may be waiting for this one. What stdout does not take is sent later.
/// </summary>
internal sealed class MaelstromNetwork
{
    // As much as keeps a reader of stdout busy. Behind it wait the silos' messages, and not the replies to clients.
    private const int OutputBytesMax = 256 * 1024;

    private const int FirstBytes = 65_536;
    private const int BlockedMs = 5;

    private readonly object _gate = new();
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly StreamTable _table;
    private readonly Dictionary<StreamConnection, NetworkConnection> _connections = [];
    private readonly Dictionary<StreamConnection, TaskCompletionSource<ConnectionContext>> _opening = [];
    private readonly ArrayBufferWriter<byte> _lines = new(FirstBytes);
    private OutputQueue? _output;
    private NodeAddresses? _nodes;
    private string _self = "";
    private ChannelWriter<ConnectionContext>? _accepting;
    private long _wakeAt = long.MaxValue;
    private string? _shut;

    internal MaelstromNetwork(StreamLimits? limits = null) =>
        _table = new StreamTable(static () => RandomNumberGenerator.GetHexString(16, lowercase: true), limits ?? new StreamLimits());

    private long Now => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Where messages are written to. Starts the thread for what is due.</summary>
    internal void Attach(OutputQueue output)
    {
        _output = output;
        new Thread(Run) { IsBackground = true, Name = "network" }.Start();
    }

    /// <summary>What <c>init</c> says; until then all messages are lost. Returns the address of this node's silo.</summary>
    internal IPEndPoint Join(string self, IReadOnlyList<string> nodes)
    {
        lock (_gate)
        {
            (_self, _nodes) = (self, new NodeAddresses(nodes));
            return _nodes.Of(self);
        }
    }

    /// <summary>Takes a line if it is a message of a silo's; false if it is anything else.</summary>
    internal bool TryReceive(ReadOnlyMemory<byte> line)
    {
        if (!SegmentText.TryRead(line.Span, out string source, out string destination, out Segment segment))
            return false;

        lock (_gate)
        {
            if (_shut is null && _nodes?.Has(source) == true && destination == _self && source != _self
                && _table.Receive(source, segment, Now) is { } stream)
            {
                Settle(stream);
            }
        }

        return true;
    }

    /// <summary>Sends what is due: after the last of several <see cref="TryReceive"/>.</summary>
    internal void Flush()
    {
        lock (_gate)
            Send();
    }

    /// <summary>Opens a connection to the node whose silo has an address.</summary>
    /// <exception cref="ConnectionResetException">The node refuses it, or has been silent; or no node has that address.</exception>
    internal async Task<ConnectionContext> ConnectAsync(EndPoint address, CancellationToken cancellationToken)
    {
        (StreamConnection stream, Task<ConnectionContext> opened) = Begin(address);
        try
        {
            return await opened.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Leave(stream);
            throw;
        }
    }

    /// <summary>From now on connections of other nodes are accepted.</summary>
    internal NetworkListener Listen(EndPoint address)
    {
        lock (_gate)
        {
            _table.IsListening = true;
            Channel<ConnectionContext> accepted = Channel.CreateUnbounded<ConnectionContext>();
            _accepting = accepted.Writer;
            return new NetworkListener(this, address, accepted);
        }
    }

    /// <summary>No more connections for this listener; a later one, of this node's next silo, is not touched.</summary>
    internal void Unlisten(ChannelWriter<ConnectionContext> accepting)
    {
        lock (_gate)
        {
            if (_accepting != accepting)
                return;

            _accepting = null;
            _table.IsListening = false;
        }
    }

    /// <summary>Writes as much as there is room for, and returns how much; what is written to a stream that is over is lost.</summary>
    internal int Write(StreamConnection stream, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            int taken = stream.IsOver ? bytes.Length : Math.Min(stream.Room, bytes.Length);
            stream.Write(bytes[..taken]);
            Send();
            return taken;
        }
    }

    /// <summary>Nothing more is written; what was, is still sent.</summary>
    internal void EndWriting(StreamConnection stream)
    {
        lock (_gate)
        {
            stream.EndWriting();
            Send();
        }
    }

    /// <summary>So many bytes that had arrived were read.</summary>
    internal void OnConsumed(StreamConnection stream, int bytes)
    {
        lock (_gate)
        {
            stream.OnConsumed(bytes, Now);
            Send();
        }
    }

    /// <summary>Nobody uses a connection any more.</summary>
    internal void Leave(StreamConnection stream)
    {
        lock (_gate)
        {
            stream.Leave(Now);
            Send();
        }
    }

    /// <summary>Ends all connections, and opens none any more.</summary>
    internal void Shut(string reason)
    {
        lock (_gate)
        {
            _shut = reason;
            _table.FailAll(reason);
            Send();
        }
    }

    private (StreamConnection Stream, Task<ConnectionContext> Opened) Begin(EndPoint address)
    {
        lock (_gate)
        {
            string peer = _nodes?.At(address) ?? throw new ConnectionResetException(
                $"no node of this cluster has the address {address}; expected --network maelstrom for all its gateways");
            if (peer == _self)
                throw new ConnectionResetException($"{address} is this node itself");

            if (_shut is not null)
                throw new ConnectionResetException(_shut);

            StreamConnection stream = _table.Open(peer, Now);
            TaskCompletionSource<ConnectionContext> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _opening[stream] = opened;
            Send();
            return (stream, opened.Task);
        }
    }

    private void Run()
    {
        lock (_gate)
        {
            while (true)
            {
                Send();
                Monitor.Wait(_gate, (int)Math.Clamp(_wakeAt - Now, 1, 60_000));
            }
        }
    }

    /// <summary>Sends what is due and may be sent, ends what is over, and has the thread wake when the next is due.</summary>
    private void Send()
    {
        if (_output is null)
            return;

        IReadOnlyList<StreamConnection> over = _table.TakeOver();
        bool isBlocked;
        while (!(isBlocked = _output.PendingBytes + _lines.WrittenCount > OutputBytesMax)
            && _table.TryTake(Now, out string? peer, out Segment? segment))
        {
            SegmentText.Write(_lines, _self, peer, segment);
        }

        if (_lines.WrittenCount > 0)
            _output.Append(_lines.WrittenSpan);

        _lines.ResetWrittenCount();
        foreach (StreamConnection one in over)
            Settle(one);

        // What has ended just now is settled in another turn.
        long now = Now;
        long next = isBlocked ? now + BlockedMs : _table.NextAt(now);
        if (next < _wakeAt)
            Monitor.Pulse(_gate);

        _wakeAt = next;
    }

    /// <summary>Tells those who wait what has become of a stream.</summary>
    private void Settle(StreamConnection stream)
    {
        if (stream.IsOpen && !_connections.ContainsKey(stream) && !TryStart(stream))
            return;

        if (stream.IsOver && _opening.Remove(stream, out TaskCompletionSource<ConnectionContext>? waiting))
            waiting.TrySetException(new ConnectionResetException(stream.Failure ?? "the connection is given up"));

        if (!TryFind(stream, out NetworkConnection? connection))
            return;

        while (stream.TryRead(out ReadOnlyMemory<byte> bytes))
            connection.OnArrived(bytes);

        if (stream.HasEnded)
            connection.OnEnded();

        if (stream.IsOver)
            connection.OnOver(stream.Failure);
        else if (stream.Room > 0)
            connection.OnRoom();
    }

    /// <summary>The stream is open: it is what somebody here waits for, or what another node has opened.</summary>
    private bool TryStart(StreamConnection stream)
    {
        NetworkConnection connection = new(this, stream, _nodes!.Of(_self), _nodes.Of(stream.Peer));
        bool isTaken = _opening.Remove(stream, out TaskCompletionSource<ConnectionContext>? waiting)
            ? waiting.TrySetResult(connection)
            : _accepting?.TryWrite(connection) == true;
        if (isTaken)
            _connections[stream] = connection;
        else
            connection.Leave();

        return isTaken;
    }

    private bool TryFind(StreamConnection stream, [NotNullWhen(true)] out NetworkConnection? connection) =>
        stream.IsOver ? _connections.Remove(stream, out connection) : _connections.TryGetValue(stream, out connection);
}
