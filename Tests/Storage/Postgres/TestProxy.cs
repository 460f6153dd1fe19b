using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OrleansShards.Tests.Storage;

/// <summary>A line between a client and its server that a test cuts, or makes silent.</summary>
internal sealed class TestProxy : IDisposable
{
    private readonly TcpListener _listener;
    private readonly ConcurrentBag<Socket> _clients = [];
    private readonly ConcurrentBag<Socket> _servers = [];
    private readonly string _host;
    private readonly int _port;
    private volatile bool _isSilent;
    private volatile bool _hasThrownAway;

    /// <summary>To that server, from a port that the system chooses, or from this one, at 127.0.0.1 or another loopback address.</summary>
    internal TestProxy(string host, int port, int from = 0, IPAddress? at = null)
    {
        (_host, _port) = (host, port);
        _listener = new TcpListener(at ?? IPAddress.Loopback, from);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    internal int Port { get; }

    /// <summary>Of each connection the first answer passes, such as one to a greeting; the others are taken and thrown away.</summary>
    internal bool GreetsOnly { get; init; }

    /// <summary>Whether an answer was thrown away.</summary>
    internal bool HasThrownAway => _hasThrownAway;

    /// <summary>What the server answers is taken and thrown away.</summary>
    internal bool IsSilent
    {
        get => _isSilent;
        set => _isSilent = value;
    }

    /// <summary>The store loses every connection; the server notices nothing.</summary>
    internal void CutClients()
    {
        while (_clients.TryTake(out var client))
            client.Dispose();
    }

    public void Dispose()
    {
        _listener.Dispose();
        CutClients();
        foreach (var server in _servers)
            server.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await server.ConnectAsync(_host, _port);
                (client.NoDelay, server.NoDelay) = (true, true);
                _clients.Add(client);
                _servers.Add(server);
                _ = PumpAsync(client, server, isAnswer: false);
                _ = PumpAsync(server, client, isAnswer: true);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[1 << 16];
        try
        {
            bool isFirst = true;
            for (int read; (read = await from.ReceiveAsync(buffer)) > 0; isFirst = false)
            {
                if (isAnswer && (_isSilent || (GreetsOnly && !isFirst)))
                    _hasThrownAway = true;
                else
                    await to.SendAsync(buffer.AsMemory(0, read));
            }

            if (isAnswer)
                to.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One of them has closed the line; the other one hears of it only where it is the store.
        }
    }
}
