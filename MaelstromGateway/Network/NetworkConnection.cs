using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace OrleansShards.MaelstromGateway.Network;

/// <summary>
/// A connection as Orleans sees it: a pipe in each direction. One task carries what Orleans writes to the stream, and waits while the
/// stream takes nothing; the other carries what arrives to Orleans, and makes room in the window as Orleans takes it.
/// </summary>
internal sealed class NetworkConnection : ConnectionContext
{
    private static readonly PipeOptions PipeLimits = new(
        pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024, useSynchronizationContext: false);

    private readonly MaelstromNetwork _network;
    private readonly StreamConnection _stream;
    private readonly Pipe _incoming = new(PipeLimits);
    private readonly Pipe _outgoing = new(PipeLimits);
    private readonly Channel<ReadOnlyMemory<byte>> _arrived = Channel.CreateUnbounded<ReadOnlyMemory<byte>>();
    private readonly SemaphoreSlim _room = new(0);

    // Not disposed: its end may be asked for after Orleans has disposed of the connection. It has neither a timer nor a handle.
    private readonly CancellationTokenSource _closed = new();
    private int _isAborted;

    internal NetworkConnection(MaelstromNetwork network, StreamConnection stream, EndPoint local, EndPoint remote)
    {
        (_network, _stream) = (network, stream);
        (LocalEndPoint, RemoteEndPoint) = (local, remote);
        Transport = new DuplexPipe(_incoming.Reader, _outgoing.Writer);
        ConnectionClosed = _closed.Token;
        _ = Task.Run(SendAsync);
        _ = Task.Run(ReceiveAsync);
    }

    public override string ConnectionId { get => _stream.Id; set => throw new NotSupportedException("its two sides have drawn it"); }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; }

    /// <summary>Tells Orleans that it is over. What Orleans has written by then is still sent.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Interlocked.Exchange(ref _isAborted, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);
    }

    public override ValueTask DisposeAsync()
    {
        Leave();
        return base.DisposeAsync();
    }

    /// <summary>Nobody uses it any more.</summary>
    internal void Leave()
    {
        // Whichever of the two Orleans has completed before is not changed by this.
        Transport.Output.Complete();
        Transport.Input.Complete();
        _arrived.Writer.TryComplete();
        _network.Leave(_stream);
    }

    /// <summary>What has arrived. Under the network's lock.</summary>
    internal void OnArrived(ReadOnlyMemory<byte> bytes) => _arrived.Writer.TryWrite(bytes);

    /// <summary>The peer has ended its stream. Under the network's lock.</summary>
    internal void OnEnded() => _arrived.Writer.TryComplete();

    /// <summary>The stream may take bytes again, or is over. Under the network's lock.</summary>
    internal void OnRoom()
    {
        if (_room.CurrentCount == 0)
            _room.Release();
    }

    /// <summary>The stream is over. Under the network's lock.</summary>
    internal void OnOver(string? failure)
    {
        _arrived.Writer.TryComplete(failure is null ? null : new ConnectionResetException(failure));
        _outgoing.Reader.CancelPendingRead();
        OnRoom();
        Abort(new ConnectionAbortedException(failure ?? "it is closed"));
    }

    private async Task SendAsync()
    {
        Exception? fault = null;
        try
        {
            bool isLast = false;
            while (!isLast)
            {
                ReadResult read = await _outgoing.Reader.ReadAsync().ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> piece in read.Buffer)
                    await WriteAsync(piece).ConfigureAwait(false);

                _outgoing.Reader.AdvanceTo(read.Buffer.End);
                isLast = read.IsCompleted || read.IsCanceled;
            }
        }
        catch (Exception failure)
        {
            fault = failure;
        }

        _network.EndWriting(_stream);
        await _outgoing.Reader.CompleteAsync(fault).ConfigureAwait(false);
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            int written = _network.Write(_stream, piece.Span);
            piece = piece[written..];
            if (written == 0)
                await _room.WaitAsync().ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync()
    {
        Exception? fault = null;
        try
        {
            bool isRead = true;
            while (isRead && await _arrived.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (isRead && _arrived.Reader.TryRead(out ReadOnlyMemory<byte> bytes))
                {
                    isRead = !(await _incoming.Writer.WriteAsync(bytes).ConfigureAwait(false)).IsCompleted;
                    _network.OnConsumed(_stream, bytes.Length);
                }
            }
        }
        catch (Exception failure)
        {
            // The stream's, by which its reader learns of it.
            fault = failure;
        }

        await _incoming.Writer.CompleteAsync(fault).ConfigureAwait(false);
    }

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;
        public PipeWriter Output => output;
    }
}
