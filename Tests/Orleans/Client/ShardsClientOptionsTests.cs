using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OrleansShards.Client;
using OrleansShards.Client.Connecting;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>What may be configured, and what is said of mistakes.</summary>
public sealed class ShardsClientOptionsTests
{
    [Fact]
    public async Task Start_ManyMistakes_AreAllToldAtOnce()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOrleansShardsClient(static options =>
        {
            options.Silos.Add("nowhere");
            options.Silos.Add("silo:70000");
            options.ClusterId = " ";
            options.ServiceId = "";
            options.Tls = new ShardsTlsOptions();
            options.Deadline = TimeSpan.Zero;
            options.MoveDeadline = TimeSpan.FromDays(2);
            options.InFlightMax = 0;
            options.Limits = new DataLimits { ValueBytesMax = 17 << 20 };
            options.RetryAfter = TimeSpan.Zero;
            options.RetryAfterMax = TimeSpan.FromSeconds(-1);
            options.AttemptsInDeadline = 101;
            options.ConnectRetryAfter = TimeSpan.Zero;
        });
        using IHost host = builder.Build();

        OptionsValidationException refused = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            [
                "Silos has 'nowhere'; expected HOST:PORT, with a port from 1 to 65535",
                "Silos has 'silo:70000'; expected HOST:PORT, with a port from 1 to 65535",
                "ClusterId is empty; expected the name that the silos have",
                "ServiceId is empty; expected the name that the silos have",
                "Tls:Certificate is empty; expected the file of this application's certificate",
                "Tls:Authorities is empty; expected the file of the certificates of those who sign for the cluster",
                "Deadline is 00:00:00; expected more than 0 and at most 24 h",
                "MoveDeadline is 2.00:00:00; expected more than 0 and at most 24 h",
                "RetryAfter is 00:00:00; expected more than 0",
                "RetryAfterMax is -00:00:01; expected at least RetryAfter, which is 00:00:00",
                "ConnectRetryAfter is 00:00:00; expected more than 0",
                "Limits.ValueBytesMax is 17825792 bytes; expected 1 to 16777216",
                "InFlightMax is 0; expected 1 to 1,000,000",
                "AttemptsInDeadline is 101; expected 1 to 100",
            ],
            refused.Failures);
    }

    [Fact]
    public void Problems_NoSilo_IsOneOutsideAndNoneInASilo()
    {
        Assert.Equal(["Silos is empty; expected at least one HOST:PORT"], new ShardsClientOptions().Problems(inSilo: false));
        Assert.Empty(new ShardsClientOptions().Problems(inSilo: true));
        Assert.Empty(new ShardsClientOptions { ConfigureOrleans = static _ => { } }.Problems(inSilo: false));
    }

    [Fact]
    public void Bind_ASection_SetsEveryOption()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Shards:Silos:0"] = "a:1",
            ["Shards:Silos:1"] = "[::1]:2",
            ["Shards:ClusterId"] = "c",
            ["Shards:ServiceId"] = "s",
            ["Shards:Deadline"] = "00:00:02",
            ["Shards:MoveDeadline"] = "00:00:20",
            ["Shards:InFlightMax"] = "7",
            ["Shards:RetryAfter"] = "00:00:00.010",
            ["Shards:RetryAfterMax"] = "00:00:01",
            ["Shards:AttemptsInDeadline"] = "4",
            ["Shards:ConnectRetryAfter"] = "00:00:03",
            ["Shards:Tls:Certificate"] = "app.pem",
            ["Shards:Tls:Key"] = "app.key",
            ["Shards:Tls:Password"] = "pw",
            ["Shards:Tls:Authorities"] = "ca.pem",
        }).Build();
        using ServiceProvider services =
            new ServiceCollection().AddOrleansShardsClient(configuration.GetSection("Shards")).BuildServiceProvider();

        // Bound without validation: these files are not there.
        ShardsClientOptions options = new();
        foreach (IConfigureOptions<ShardsClientOptions> step in services.GetServices<IConfigureOptions<ShardsClientOptions>>())
            step.Configure(options);

        Assert.Equal(["a:1", "[::1]:2"], options.Silos);
        Assert.Equal(("c", "s", 7, 4), (options.ClusterId, options.ServiceId, options.InFlightMax, options.AttemptsInDeadline));
        Assert.Equal(
            ("app.pem", "app.key", "pw", "ca.pem"),
            (options.Tls!.Certificate, options.Tls.Key, options.Tls.Password, options.Tls.Authorities));
        Assert.Equal(
            [2000.0, 20_000, 10, 1000, 3000],
            [
                options.Deadline.TotalMilliseconds,
                options.MoveDeadline.TotalMilliseconds,
                options.RetryAfter.TotalMilliseconds,
                options.RetryAfterMax.TotalMilliseconds,
                options.ConnectRetryAfter.TotalMilliseconds,
            ]);
    }

    [Theory]
    [InlineData("localhost:30000", "localhost", 30000)]
    [InlineData("127.0.0.1:1", "127.0.0.1", 1)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("silo-0.silos.shop.svc:30000", "silo-0.silos.shop.svc", 30000)]
    public void Parse_HostAndPort_IsRead(string text, string host, int port)
    {
        SiloName silo = Assert.NotNull(SiloName.Parse(text));
        Assert.Equal((host, port), (silo.Host, silo.Port));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(":30000")]
    [InlineData("silo:")]
    [InlineData("silo:0")]
    [InlineData("silo:+1")]
    [InlineData("::1:30000")]
    [InlineData("[silo]:30000")]
    [InlineData("two words:30000")]
    public void Parse_AnythingElse_IsNull(string? text) => Assert.Null(SiloName.Parse(text));
}
