using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace OrleansShards.Tests.Orleans.Silo.Cli;

/// <summary>What the command line says of servers that it does not trust.</summary>
public sealed class ShardsTlsTests : IDisposable
{
    private readonly TestCertificates _own = new();
    private readonly TestCertificates _strange = new();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly string _url;

    public ShardsTlsTests()
    {
        _server.Start();
        _url = $"https://{_server.LocalEndpoint}/";
    }

    public void Dispose()
    {
        _server.Dispose();
        _own.Dispose();
        _strange.Dispose();
    }

    [Fact]
    public async Task Certificate_OfAnotherAuthority_IsNamed() => await IsRefusedAsync(
        _strange.Pem("silo", "127.0.0.1"), $"the certificate of {_url} is signed by CN=test authority, and not by who is in --ca-file");

    [Fact]
    public async Task Certificate_OfAnotherHost_IsNamedWithItsOwn() => await IsRefusedAsync(
        _own.Pem("silo", "kv.example.org", "10.0.0.1"),
        $"the certificate of {_url} is not for 127.0.0.1, but for kv.example.org, 10.0.0.1; look at --url");

    [Fact]
    public async Task Certificate_WithoutNames_IsNamedBySubject() => await IsRefusedAsync(
        _own.Pem("silo"), $"the certificate of {_url} is not for 127.0.0.1, but for CN=silo; look at --url");

    [Fact]
    public async Task Certificate_OutOfDate_IsNamedWithItsTimes()
    {
        DateTimeOffset to = DateTimeOffset.UtcNow.AddHours(-1);
        await IsRefusedAsync(_own.Pem("silo", to, "127.0.0.1"), $" to {to:yyyy-MM-dd HH:mm}Z, and now it is ");
    }

    [Fact]
    public async Task Server_WithoutTls_IsAskedForItsScheme()
    {
        Task hungUp = HangUpAsync();
        (await ShardsRun.RunAsync(_url, "put", "a", "1")).Failed(4, $"there is no TLS with {_url} (");
        await hungUp;
    }

    [Fact]
    public async Task AuthorityFile_ThatIsNone_IsAWrongCommandLine()
    {
        (_, string key) = _own.Pem("silo");
        (await ShardsRun.RunAsync(_url, "masters", "--ca-file", key)).Failed(
            2, $"--ca-file {key} cannot be used: it has no certificate in PEM");
        (await ShardsRun.RunAsync(_url, "", new Dictionary<string, string> { ["SHARDS_CA_FILE"] = "none.pem" }, ["masters"])).Failed(
            2, "SHARDS_CA_FILE none.pem cannot be used: ");
        (await ShardsRun.RunAsync("http://10.0.0.1:8080", "masters", "--ca-file", _own.Authority)).Failed(
            2, "--ca-file is given, but http://10.0.0.1:8080/ has no certificate; expected --url https://HOST:PORT");
    }

    // A put: it is certain that nothing was sent.
    private async Task IsRefusedAsync((string Certificate, string Key) server, string text)
    {
        Task refused = ServeAsync(server);
        (await ShardsRun.RunAsync(_url, "put", "a", "1", "--ca-file", _own.Authority)).Failed(1, text);
        await refused;
    }

    private async Task ServeAsync((string Certificate, string Key) files)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        using TcpClient client = await AcceptAsync();
        await using SslStream tls = new(client.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(certificate);
            Assert.Equal(0, await tls.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            // The client's alert.
        }
    }

    private async Task HangUpAsync()
    {
        using TcpClient client = await AcceptAsync();
        await client.GetStream().ReadExactlyAsync(new byte[16], TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
    }

    private Task<TcpClient> AcceptAsync() =>
        _server.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(SiloRun.Limit);
}
