using System.Net;
using System.Security.Authentication;

namespace OrleansShards.Client.Connecting;

/// <summary>Says for people why a connection to a silo, which did accept it, is of no use.</summary>
internal static class ConnectionRefusal
{
    internal static string TextOf(Exception failure, EndPoint? silo, string clusterId, bool hasTls) => failure switch
    {
        AuthenticationException => $"TLS to the silo at {silo} failed: {Innermost(failure)}; check Tls, and that the silo uses TLS",

        // Orleans 10.4 says: Unexpected cluster id "a", expected "b".
        InvalidOperationException when failure.Message.Contains("cluster id", StringComparison.OrdinalIgnoreCase) =>
            $"the silo at {silo} is of another cluster: {failure.Message}; check ClusterId, which is {clusterId}",

        // A silo of another cluster may also end the connection before its own id has arrived here.
        _ => $"the silo at {silo} has ended the connection ({Innermost(failure)}); check ClusterId, which is {clusterId}, "
            + (hasTls ? "that the silo uses TLS, and that it accepts the certificate of Tls" : "and set Tls if the silo uses TLS"),
    };

    internal static string OfTls(EndPoint? silo) =>
        $"TLS to the silo at {silo} failed; check Tls, and that the silo uses TLS (the log of the client has the reason)";

    private static string Innermost(Exception failure) => failure.GetBaseException().Message;
}
