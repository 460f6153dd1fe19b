using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Security;

namespace OrleansShards.Tests.Orleans.Silo;

public sealed class ClusterTlsTests : IDisposable
{
    // An Orleans client that is not let in tries for ever; whoever is let in needs a fraction of this.
    private static readonly TimeSpan StrangersLimit = TimeSpan.FromSeconds(10);

    private readonly TestCertificates _own = new();
    private readonly TestCertificates _strange = new();

    public void Dispose()
    {
        _own.Dispose();
        _strange.Dispose();
    }

    [Fact]
    public async Task Silo_WithTls_LetsInWhoItsAuthoritySigned_AndNobodyElse()
    {
        (string certificate, string key) = _own.Pem("silo");
        using SiloRun silo = new("--tls-certificate", certificate, "--tls-key", key, "--tls-ca", _own.Authority);
        await silo.UntilReadyIsAsync(true);

        ClusterDefinition definition = await AskAsync(silo, ClusterTls.Load(_own.Pfx("client", "pw"), null, "pw", _own.Authority));
        Assert.Equal(16, definition.ShardCount);

        (certificate, key) = _strange.Pem("stranger");
        await Assert.ThrowsAnyAsync<Exception>(
            () => AskAsync(silo, ClusterTls.Load(certificate, key, null, _strange.Authority), StrangersLimit));
        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(silo, null, StrangersLimit));
    }

    [Fact]
    public void Load_CertificateOfAnotherAuthority_IsRefused()
    {
        (string certificate, string key) = _strange.Pem("stranger");
        var refusal = Assert.Throws<CryptographicException>(() => ClusterTls.Load(certificate, key, null, _own.Authority));
        Assert.Contains("is not signed by who is in", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FilesThatAreNone_AreNamed()
    {
        (string certificate, string key) = _own.Pem("silo");
        AssertRefused(certificate, () => ClusterTls.Load(certificate, certificate, null, _own.Authority));
        AssertRefused(key, () => ClusterTls.Load(certificate, key, null, key));
        string pfx = _own.Pfx("silo", "pw");
        AssertRefused(pfx, () => ClusterTls.Load(pfx, null, "other", _own.Authority));
    }

    private static void AssertRefused(string named, Func<ClusterTls> load) =>
        Assert.Contains(named, Assert.Throws<CryptographicException>(load).Message, StringComparison.Ordinal);

    /// <summary>Connects once, without trying again, and asks the silo what its cluster is.</summary>
    private static async Task<ClusterDefinition> AskAsync(SiloRun silo, ClusterTls? tls, TimeSpan? limit = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, silo.GatewayPort));
            client.Configure<ClusterOptions>(static options =>
                (options.ClusterId, options.ServiceId) = (ClusterNames.ClusterId, ClusterNames.ServiceId));
            if (tls is not null)
                client.UseTls(tls.ApplyTo);
        });
        using IHost host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken).WaitAsync(limit ?? SiloRun.Limit);
        ClusterDefinition definition = await host.Services.GetRequiredService<global::Orleans.IClusterClient>()
            .GetGrain<IClusterGrain>(0).Definition();
        await host.StopAsync(TestContext.Current.CancellationToken);
        return definition;
    }
}
