using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OrleansShards.Cli.Http;

/// <summary>Whether the server at a URL is who it should be, by its certificate; and if not, why, for people.</summary>
internal sealed class ServerTrust
{
    // The last one: an authority of the same name, with another key.
    private const X509ChainStatusFlags Unsigned =
        X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid;

    private readonly Uri _url;
    private readonly bool _hasAuthorities;

    internal ServerTrust(Uri url, X509Certificate2Collection? authorities)
    {
        (_url, _hasAuthorities) = (url, authorities is not null);
        Options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors);
        if (authorities is null)
            return;

        Options.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        Options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
    }

    internal SslClientAuthenticationOptions Options { get; } = new();

    /// <summary>Why the server was not trusted; null if it was, or has not been met.</summary>
    internal string? Doubt { get; private set; }

    /// <summary>Reads a file of authorities.</summary>
    /// <exception cref="CryptographicException">It has none.</exception>
    internal static X509Certificate2Collection Load(string file)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it has no certificate in PEM");
    }

    private bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;

        Doubt = $"the certificate of {_url} {Reason(certificate as X509Certificate2, chain, errors)}";
        return false;
    }

    private string Reason(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return "is missing";

        // First what no option helps against.
        if (chain?.ChainElements.Select(static link => link.Certificate).FirstOrDefault(IsOutOfDate) is { } old)
        {
            return $"{(old.Equals(certificate) ? "is" : $"is signed by {old.Subject}, which is")} valid from {Text(old.NotBefore)} to "
                + $"{Text(old.NotAfter)}, and now it is {Text(DateTime.Now)}";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            string names = string.Join(", ", NamesOf(certificate));
            return $"is not for {_url.Host}, but for {(names.Length > 0 ? names : certificate.Subject)}; look at --url";
        }

        bool isUnsigned = chain is null || chain.ChainStatus.Any(static status =>
            (status.Status & Unsigned) != 0);
        return !isUnsigned ? $"is not trusted: {string.Join(", ", chain!.ChainStatus.Select(static one => one.StatusInformation.Trim()))}"
            : _hasAuthorities ? $"is signed by {certificate.Issuer}, and not by who is in --ca-file"
            : $"is signed by {certificate.Issuer}, whom this machine does not trust; --ca-file names an authority's certificate";
    }

    private static bool IsOutOfDate(X509Certificate2 certificate) =>
        DateTime.Now < certificate.NotBefore || DateTime.Now > certificate.NotAfter;

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate) => certificate.Extensions
        .OfType<X509SubjectAlternativeNameExtension>()
        .SelectMany(static names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(static address => $"{address}")));

    private static string Text(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
