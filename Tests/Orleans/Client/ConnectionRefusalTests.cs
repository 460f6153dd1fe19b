using System.Net;
using System.Security.Authentication;
using OrleansShards.Client.Connecting;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>What a client says of a connection that a silo has accepted, and that is of no use.</summary>
public sealed class ConnectionRefusalTests
{
    private static readonly EndPoint Silo = new IPEndPoint(IPAddress.Loopback, 30000);

    [Fact]
    public void TextOf_AnotherClusterId_NamesBoth() => Assert.Equal(
        "the silo at 127.0.0.1:30000 is of another cluster: Unexpected cluster id \"a\", expected \"b\"; check ClusterId, which is b",
        ConnectionRefusal.TextOf(new InvalidOperationException("Unexpected cluster id \"a\", expected \"b\""), Silo, "b", hasTls: false));

    [Fact]
    public void TextOf_TlsFailed_SaysWhy() => Assert.Equal(
        "TLS to the silo at 127.0.0.1:30000 failed: not trusted; check Tls, and that the silo uses TLS",
        ConnectionRefusal.TextOf(new AuthenticationException("see inside", new IOException("not trusted")), Silo, "b", hasTls: true));

    [Theory]
    [InlineData(false, "and set Tls if the silo uses TLS")]
    [InlineData(true, "that the silo uses TLS, and that it accepts the certificate of Tls")]
    public void TextOf_TheSiloEndsTheConnection_NamesWhatMayBeWrong(bool hasTls, string check) => Assert.Equal(
        $"the silo at 127.0.0.1:30000 has ended the connection (reset); check ClusterId, which is b, {check}",
        ConnectionRefusal.TextOf(new IOException("reset"), Silo, "b", hasTls));
}
