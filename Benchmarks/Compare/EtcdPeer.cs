using dotnet_etcd;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;

namespace OrleansShards.Benchmarks.Compare;

internal sealed class EtcdPeer(PeerOptions options) : Peer
{
    private readonly ByteString[] _keys = [.. options.KeyNames().Select(ByteString.CopyFromUtf8)];
    private readonly ByteString _value = ByteString.CopyFromUtf8(new string('v', options.ValueBytes));
    private ServerProcess? _server;
    private EtcdClient? _client;

    internal override string Name => "etcd";

    internal override string Durability => "as by default: the write-ahead log is flushed (fdatasync) before an answer is sent";

    internal override string Client => "dotnet-etcd, one channel";

    internal override string? Missing => Find("etcd") is null ? "etcd (apt-get install etcd-server)" : null;

    internal override async Task StartAsync(CancellationToken cancellationToken)
    {
        string url = $"http://127.0.0.1:{ServerProcess.FreePortText()}";
        string peers = $"http://127.0.0.1:{ServerProcess.FreePortText()}";
        _server = new ServerProcess(
            Find("etcd")!,
            data =>
            [
                "--data-dir", data, "--listen-client-urls", url, "--advertise-client-urls", url, "--listen-peer-urls", peers,
                "--initial-advertise-peer-urls", peers, "--initial-cluster", $"default={peers}", "--log-level", "error",
                "--quota-backend-bytes", "8589934592",
            ],
            "fsync,fdatasync",
            options.StoreDelay);
        _client = new EtcdClient(url, configureChannelOptions: static channel => channel.Credentials = ChannelCredentials.Insecure);
        await _server.WaitUntilReadyAsync(() => WriteAsync(0), cancellationToken);
    }

    internal override Task WriteAsync(int key) => _client!.PutAsync(new PutRequest { Key = _keys[key], Value = _value });

    internal override async Task ReadAsync(int key)
    {
        RangeResponse response = await _client!.GetAsync(new RangeRequest { Key = _keys[key] });
        if (response.Count != 1)
            throw new InvalidOperationException("etcd has not found a key");
    }

    public override ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _server?.Dispose();
        return ValueTask.CompletedTask;
    }
}
