using System.Globalization;
using StackExchange.Redis;

namespace OrleansShards.Benchmarks.Compare;

/// <summary>A server that talks Redis' protocol, by one multiplexer: it sends what all callers have waiting together.</summary>
internal abstract class RedisPeer(PeerOptions options) : Peer
{
    private readonly RedisKey[] _keys = [.. options.KeyNames().Select(static name => (RedisKey)name)];
    private readonly RedisValue _value = new string('v', options.ValueBytes);
    private ServerProcess? _server;
    private ConnectionMultiplexer? _connection;
    private IDatabase? _database;

    internal override string Client => "StackExchange.Redis, one multiplexer";

    internal override async Task StartAsync(CancellationToken cancellationToken)
    {
        int port = ServerProcess.FreePort();
        _server = Start(options, port.ToString(CultureInfo.InvariantCulture));
        await _server.WaitUntilReadyAsync(
            async () => _connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},connectRetry=1,syncTimeout=30000"),
            cancellationToken);
        _database = _connection!.GetDatabase();
    }

    internal override async Task WriteAsync(int key)
    {
        if (!await _database!.StringSetAsync(_keys[key], _value))
            throw new InvalidOperationException($"{Name} has not set a key");
    }

    internal override async Task ReadAsync(int key)
    {
        if ((await _database!.StringGetAsync(_keys[key])).IsNull)
            throw new InvalidOperationException($"{Name} has not found a key");
    }

    public override async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();

        _server?.Dispose();
    }

    protected abstract ServerProcess Start(PeerOptions options, string port);
}

internal sealed class Redis(PeerOptions options) : RedisPeer(options)
{
    internal override string Name => "Redis";

    internal override string Durability => "appendonly yes, appendfsync always: the file is flushed before an answer is sent";

    internal override string? Missing => Find("redis-server") is null ? "redis-server (apt-get install redis-server)" : null;

    protected override ServerProcess Start(PeerOptions options, string port) => new(
        Find("redis-server")!,
        data => ["--port", port, "--bind", "127.0.0.1", "--dir", data, "--save", "", "--appendonly", "yes", "--appendfsync", "always"],
        "fsync,fdatasync",
        options.StoreDelay);
}

internal sealed class Garnet(PeerOptions options) : RedisPeer(options)
{
    internal override string Name => "Garnet";

    internal override string Durability =>
        "--aof --aof-commit-wait: written past the page cache (O_DIRECT) before an answer is sent, but without any flush";

    internal override string? Missing => Find("garnet-server") is null
        ? "garnet-server (dotnet tool install --global garnet-server --version 2.2.8)"
        : null;

    // The device that is the default needs a library of the system, and ends the server where that is missing.
    protected override ServerProcess Start(PeerOptions options, string port) => new(
        Find("garnet-server")!,
        data =>
        [
            "--port", port, "--bind", "127.0.0.1", "--checkpointdir", data, "--aof", "--aof-commit-wait",
            "--device-type", "RandomAccess", "--memory", "1g",
        ],
        "pwrite64",
        options.StoreDelay);
}
