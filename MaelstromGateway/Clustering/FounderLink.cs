using System.Net.Sockets;
using System.Text;
using OrleansShards.Core.Masters;
using OrleansShards.Hosting;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>
/// Keeps a gateway connected to its cluster's founder, on a thread of its own: connects; where nobody listens, tries to
/// become the founder; begins anew whenever the connection is lost.
/// </summary>
/// <param name="place">Where the cluster meets.</param>
/// <param name="definition">What the gateway means by it.</param>
/// <param name="options">For the case that this process becomes the founder.</param>
/// <param name="log">Where troubles are reported.</param>
/// <param name="events">Hears of connections and replies, on the link's thread.</param>
internal sealed class FounderLink(
    ClusterPlace place, ClusterDefinition definition, GatewayOptions options, GatewayLog log, ILinkEvents events)
    : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromMilliseconds(500);
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Founder? _founder;
    private FrameStream? _frames;

    /// <summary>Begins to connect; done with the first connection, failed where there can be none.</summary>
    internal Task StartAsync()
    {
        new Thread(Run) { IsBackground = true, Name = "founder link" }.Start();
        return _connected.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stopping.Set();
        _frames?.Dispose();
        await _ended.Task.ConfigureAwait(false);
        if (_founder is { } founder)
        {
            await founder.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Run()
    {
        while (!_stopping.IsSet && !HasFailedAtFirst())
        {
        }

        _ended.SetResult();
    }

    /// <summary>
    /// One round. The first connection's failure is for whoever waits for it. A later one ends nothing: what waits ends
    /// by its deadline, and the next round may find what this one did not (room on the disk, another process's
    /// takeover).
    /// </summary>
    private bool HasFailedAtFirst()
    {
        try
        {
            if (!Serve() && !BecomeFounder())
            {
                _stopping.Wait(Pause);
            }

            return false;
        }
        catch (Exception fault)
        {
            bool isFirst = _connected.TrySetException(fault);
            if (!isFirst && !_stopping.IsSet)
            {
                log.Error($"the cluster {place.Name} cannot be reached: {fault.Message}");
                _stopping.Wait(PauseAfterFault);
            }

            return isFirst;
        }
    }

    /// <summary>One connection from its beginning to its end; false where there was none to be had.</summary>
    private bool Serve()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(place.Socket));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }

        using FrameStream frames = new(socket);
        _frames = frames;
        frames.Send(Encoding.UTF8.GetBytes(Founder.Greeting(definition, place)));
        if (frames.Receive() is not { } answer)
        {
            return false;
        }

        if (answer.Length > 0)
        {
            throw new ClusterMismatchException(Encoding.UTF8.GetString(answer));
        }

        events.Connected(frames);
        _connected.TrySetResult();
        try
        {
            while (frames.Receive() is { } frame)
            {
                events.Replied(ForwardedReply.Decode(frame));
            }
        }
        finally
        {
            events.Disconnected();
        }

        return true;
    }

    private bool BecomeFounder()
    {
        if (_founder is not null || _stopping.IsSet)
        {
            return false;
        }

        _founder = Founder.TryBecomeAsync(place, definition, options, log).GetAwaiter().GetResult();
        if (_founder is not null)
        {
            log.Information($"this process hosts the nodes of the cluster {place.Name} now");
        }

        return _founder is not null;
    }
}
