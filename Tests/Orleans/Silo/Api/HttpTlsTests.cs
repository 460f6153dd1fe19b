using System.Net;
using OrleansShards.Tests.Orleans.Silo.Cli;

namespace OrleansShards.Tests.Orleans.Silo.Api;

/// <summary>HTTP beyond this machine, encrypted with the cluster's certificate, as programs, people and the command line see it.</summary>
public sealed class HttpTlsTests : IDisposable
{
    private const string Admin = "0123456789abcdef-admin";

    private readonly TestCertificates _own = new(hasIntermediate: true);
    private readonly string _file = Path.GetTempFileName();

    public HttpTlsTests() => File.WriteAllText(_file, $"alice admin {Admin}\n");

    public void Dispose()
    {
        _own.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public async Task Http_BeyondThisMachine_IsEncryptedWithTheClustersCertificate()
    {
        using SiloRun run = Start("127.0.0.1", "kv.example.org");
        await run.UntilReadyIsAsync(true);
        using ApiClient api = new(run);
        Assert.Equal("https", api.Address.Scheme);
        foreach (string path in new[] { "/", "/dashboard", "/metrics", "/health/live", "/openapi/v1.json", "/api/v1/cluster" })
            Assert.Equal((path, HttpStatusCode.OK), (path, (await api.GetAsync(path)).Status));

        api.Headers["X-Forwarded-For"] = "203.0.113.7";
        api.Headers["Authorization"] = $"Bearer {Admin}";
        (await api.PutAsync("/api/v1/keys/tls", "1")).IsDone();
        Assert.Equal("1", (await api.GetAsync("/api/v1/keys/tls")).Field("value"));
        await api.UntilEventAsync("cluster", static _ => true);

        using HttpClient plain = new() { BaseAddress = new Uri($"http://127.0.0.1:{run.HttpPort}") };
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetAsync("/health/live", TestContext.Current.CancellationToken));
        await run.UntilLineAsync($"try: shards put color blue --url https://127.0.0.1:{run.HttpPort} --ca-file {_own.Authority}");
        Assert.Contains(run.Lines, line => line.Contains($"dashboard {run.Url}dashboard", StringComparison.Ordinal));
        Assert.DoesNotContain(run.Lines, static line => line.Contains("[9]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CommandLine_OfASiloWithTls_NeedsItsAuthority()
    {
        using SiloRun run = Start("127.0.0.1");
        await run.UntilReadyIsAsync(true);
        string url = $"{run.Url}";
        (await ShardsRun.RunAsync(url, "put", "tls", "2", "--ca-file", _own.Root)).Done();
        Dictionary<string, string> variable = new() { ["SHARDS_CA_FILE"] = _own.Authority };
        Assert.Equal("2\n", (await ShardsRun.RunAsync(url, "", variable, ["get", "tls"])).Done());

        (await ShardsRun.RunAsync(url, "put", "tls", "3")).Failed(
            1, $"the certificate of {url} is signed by CN=test intermediate, whom this machine does not trust; --ca-file names");
        (await ShardsRun.RunAsync($"http://127.0.0.1:{run.HttpPort}", "get", "tls")).Failed(4, "Is it https://?");
    }

    [Fact]
    public async Task Keys_WithoutTls_AreWarnedOf()
    {
        using SiloRun run = new("--http-bind", "0.0.0.0", "--api-key-file", _file);
        await run.UntilReadyIsAsync(true);
        await run.UntilLineAsync($"[9] the keys of --api-key-file come to 0.0.0.0:{run.HttpPort} unencrypted");
    }

    private SiloRun Start(params string[] hosts)
    {
        (string certificate, string key) = _own.Pem("silo", hosts);
        return new SiloRun(
            "--http-bind", "0.0.0.0", "--api-key-file", _file,
            "--tls-certificate", certificate, "--tls-key", key, "--tls-ca", _own.Authority);
    }
}
