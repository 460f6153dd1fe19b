using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Client;
using OrleansShards.Tests.Orleans.Silo;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>A client of silos that let in only whom the cluster's authority has signed.</summary>
public sealed class ShardsClientTlsTests : IDisposable
{
    private readonly TestCertificates _own = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _own.Dispose();

    [Fact]
    public async Task Connect_WithACertificate_IsLetIn_WithoutOneIsNot()
    {
        (string certificate, string key) = _own.Pem("silo");
        using SiloRun silo = new("--tls-certificate", certificate, "--tls-key", key, "--tls-ca", _own.Authority);
        await silo.UntilReadyIsAsync(true);

        using IHost app = await StartAsync(silo, new ShardsTlsOptions
        {
            Certificate = _own.Pfx("app", "pw"),
            Password = "pw",
            Authorities = _own.Authority,
        });
        Assert.IsType<KeyResult.Applied>(await PutAsync(app, TimeSpan.FromSeconds(30)));

        using IHost stranger = await StartAsync(silo, null);
        await RefusedAsync(stranger, "set Tls if the silo uses TLS");
        await stranger.StopAsync(TestEnds);

        using TestCertificates others = new();
        using IHost signedByOthers = await StartAsync(silo, new ShardsTlsOptions
        {
            Certificate = others.Pfx("app", "pw"),
            Password = "pw",
            Authorities = others.Authority,
        });
        await RefusedAsync(signedByOthers, "TLS to the silo at ");
        await signedByOthers.StopAsync(TestEnds);
        await app.StopAsync(TestEnds);
    }

    [Fact]
    public void Problems_AFileThatIsNotThere_IsNamed()
    {
        ShardsClientOptions options = new() { Tls = new() { Certificate = "none.pem", Authorities = _own.Authority } };
        options.Silos.Add("localhost:1");
        string problem = Assert.Single(options.Problems(inSilo: false));
        Assert.StartsWith("Tls: none.pem cannot be read", problem, StringComparison.Ordinal);
    }

    private static async Task RefusedAsync(IHost app, string why)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        string reason;
        do
        {
            reason = Assert.IsType<KeyResult.NotApplied>(await PutAsync(app, TimeSpan.FromMilliseconds(200))).Reason;
            Assert.False(limit.IsCancellationRequested, $"expected within a minute: {why}; seen: {reason}");
        }
        while (!reason.Contains(why, StringComparison.Ordinal));
    }

    private static async Task<IHost> StartAsync(SiloRun silo, ShardsTlsOptions? tls)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOrleansShardsClient(options =>
        {
            options.Silos.Add($"127.0.0.1:{silo.GatewayPort}");
            options.Tls = tls;
        });
        IHost host = builder.Build();
        await host.StartAsync(TestEnds);
        return host;
    }

    private static Task<KeyResult> PutAsync(IHost app, TimeSpan deadline) => app.Services
        .GetRequiredService<IShardsClient>()
        .PutAsync("key", 1, call: new CallOptions { Deadline = deadline }, cancellationToken: TestEnds);
}
