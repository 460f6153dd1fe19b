using System.Collections.Concurrent;
using System.Net.Sockets;
using OrleansShards.Core.Masters;
using OrleansShards.Hosting;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Io;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>
/// The one process of a cluster in which its nodes live, and the socket by which all gateways, its own too, reach them.
/// When it dies the kernel frees its lock, and another process becomes the founder of the same logs.
/// </summary>
internal sealed class Founder : IAsyncDisposable
{
    private readonly FileLock _lock;
    private readonly InProcessCluster _cluster;
    private readonly Socket _listener;
    private readonly string _greeting;
    private readonly ClusterDefinition _definition;
    private readonly Deadlines _deadlines;
    private readonly ConcurrentDictionary<FounderConnection, bool> _connections = new();

    private Founder(
        FileLock founderLock, InProcessCluster cluster, Socket listener, ClusterDefinition definition, string greeting,
        Deadlines deadlines)
    {
        _lock = founderLock;
        _cluster = cluster;
        _listener = listener;
        _definition = definition;
        _greeting = greeting;
        _deadlines = deadlines;
    }

    /// <summary>What a gateway has to say first: both sides must mean the same cluster.</summary>
    internal static string Greeting(ClusterDefinition definition, ClusterPlace place) =>
        $"{definition}; state in {place.DataDirectory ?? "memory"}";

    /// <summary>Becomes the founder; null where another process is.</summary>
    internal static async Task<Founder?> TryBecomeAsync(
        ClusterPlace place, ClusterDefinition definition, GatewayOptions options, GatewayLog log)
    {
        FileLock? founderLock = FileLock.TryExclusive(place.FounderLock);
        if (founderLock is null)
        {
            return null;
        }

        try
        {
            // The socket first: where it cannot be had, nothing has been opened.
            Socket listener = Bind(place);
            try
            {
                InProcessCluster cluster = await OpenAsync(place, definition, options, log).ConfigureAwait(false);
                Founder founder = new(
                    founderLock, cluster, listener, definition, Greeting(definition, place), options.Deadlines);
                listener.Listen();
                new Thread(founder.AcceptAll) { IsBackground = true, Name = "founder" }.Start();
                return founder;
            }
            catch
            {
                listener.Dispose();
                throw;
            }
        }
        catch
        {
            founderLock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (FounderConnection connection in _connections.Keys)
        {
            connection.Dispose();
        }

        await _cluster.DisposeAsync().ConfigureAwait(false);
        _lock.Dispose();
    }

    private static async Task<InProcessCluster> OpenAsync(
        ClusterPlace place, ClusterDefinition definition, GatewayOptions options, GatewayLog log)
    {
        SqliteLogStore store = await SqliteLogStore.OpenAsync(new SqliteLogStoreOptions
        {
            Directory = place.StateDirectory,
            LockWaitMs = 2000,

            // State that is gone with the last process has processes' deaths to survive, not the machine's.
            Synchronous = place.DataDirectory is null ? SqliteSynchronous.Off : SqliteSynchronous.Full,
        }).ConfigureAwait(false);
        return await InProcessCluster.OpenAsync(store, new InProcessClusterOptions
        {
            Definition = definition,
            DetectAfter = options.FailoverAfter,
            Moves = options.Moves,
            Report = log.Error,
        }).ConfigureAwait(false);
    }

    private static Socket Bind(ClusterPlace place)
    {
        File.Delete(place.Socket);
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(place.Socket));
        return listener;
    }

    private void AcceptAll()
    {
        try
        {
            while (true)
            {
                FounderConnection connection = new(
                    new FrameStream(_listener.Accept()), _cluster, _definition, _greeting, _deadlines);
                _connections.TryAdd(connection, true);
                connection.Start(() => _connections.TryRemove(connection, out _));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The listener was closed: this process leaves.
        }
    }
}
