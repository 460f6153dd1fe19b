using System.Net;
using OrleansShards.CommandLine;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>A page of a foreign site that has its own name lead to this silo reads nothing (DNS rebinding).</summary>
public sealed class SiloHostsTests
{
    [Fact]
    public async Task Pages_AskedForByAForeignName_AreRefused()
    {
        using SiloRun silo = new("--http-hosts", "shards.example.org,*.example.net");
        await silo.UntilReadyIsAsync(true);
        string port = $":{silo.HttpPort}";
        foreach (string host in new[] { "localhost", "127.0.0.1", "[::1]", Environment.MachineName, "shards.example.org", "a.example.net" })
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(silo, host + port, "/health/live"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(silo, host, "/health/live"));
        }

        foreach (string host in new[] { "evil.example.com", "example.net", "127.0.0.1.evil.example.com", "10.1.2.3" })
        {
            foreach (string page in new[] { "/", "/health/ready", "/dashboard", "/dashboard/DashboardCounters", "/dashboard/Trace" })
                Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(silo, host + port, page));
        }
    }

    [Theory]
    [InlineData("a.example.org, 10.1.2.3,*.b.org", "a.example.org|10.1.2.3|*.b.org")]
    [InlineData("fe80::1,[fd00::2]", "[fe80::1]|[fd00::2]")]
    [InlineData("*", "*")]
    public void Hosts_NamesAndAddresses_AreTaken(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Values.Hosts(text)));

    [Theory]
    [InlineData("")]
    [InlineData("a.example.org,")]
    [InlineData("a.example.org:8080")]
    [InlineData("http://a.example.org")]
    [InlineData("*.10.1.2.3")]
    public void Hosts_AnythingElse_IsRefused(string text) => Assert.Contains(
        "names or addresses of hosts without a port",
        Assert.Throws<FormatException>(() => Values.Hosts(text)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public void Hosts_NoAddressInParticular_IsRefused(string text) => Assert.Contains(
        "* for any host", Assert.Throws<FormatException>(() => Values.Hosts(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void AllowedHosts_BoundToAllAddresses_AreTheAdvertisedOneAndThisMachines()
    {
        SiloSettings settings = new()
        {
            Bind = IPAddress.Any,
            HttpBind = IPAddress.IPv6Any,
            Advertise = IPAddress.Parse("10.1.2.3"),
            HttpHosts = ["a.example.org"],
        };
        Assert.Equal(
            ["127.0.0.1", "[::1]", "10.1.2.3", "localhost", Environment.MachineName, "a.example.org"], settings.AllowedHosts);
    }

    private static async Task<HttpStatusCode> StatusAsync(SiloRun silo, string host, string page)
    {
        using HttpClient http = new() { Timeout = SiloRun.Limit };
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://127.0.0.1:{silo.HttpPort}{page}");
        request.Headers.Host = host;
        using HttpResponseMessage response =
            await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
