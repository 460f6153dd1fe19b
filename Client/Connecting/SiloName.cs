using System.Globalization;

namespace OrleansShards.Client.Connecting;

/// <summary>Where a silo takes clients, as it was written.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">The port.</param>
internal readonly record struct SiloName(string Host, int Port)
{
    /// <summary>Reads <c>HOST:PORT</c>, IPv6 in brackets.</summary>
    internal static bool TryParse(string? text, out SiloName silo)
    {
        silo = default;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon < 1
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port is < 1 or > 65535)
        {
            return false;
        }

        bool isBracketed = text![0] == '[' && text[colon - 1] == ']';
        string host = isBracketed ? text[1..(colon - 1)] : text[..colon];
        silo = new SiloName(host, port);
        return Uri.CheckHostName(host) is var kind
            && (isBracketed ? kind == UriHostNameType.IPv6 : kind is UriHostNameType.Dns or UriHostNameType.IPv4);
    }
}
