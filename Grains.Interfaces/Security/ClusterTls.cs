using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;

namespace OrleansShards.Grains.Interfaces.Security;

/// <summary>
/// Mutual TLS on every connection of a cluster, between silos and from clients: a certificate that one of the cluster's own
/// authorities signed is accepted. Names in certificates are not compared: silos find each other by address, and
/// membership is decided by the authorities.
/// </summary>
/// <remarks>
/// For <c>builder.UseTls(tls.ApplyTo)</c> of a silo's or a client's builder. TLS 1.2 or 1.3. Certificates are read once: a
/// new one takes effect at the next start.
/// </remarks>
public sealed class ClusterTls
{
    private ClusterTls(X509Certificate2 certificate, X509Certificate2Collection authorities) =>
        (Certificate, Authorities) = (certificate, authorities);

    /// <summary>This process's certificate, with its private key.</summary>
    internal X509Certificate2 Certificate { get; }

    /// <summary>Who signs for the cluster; those between a certificate and its root, too.</summary>
    internal X509Certificate2Collection Authorities { get; }

    /// <summary>
    /// Reads the files: this process's certificate (PEM, or PKCS #12: <c>.pfx</c>, <c>.p12</c>), its key (PEM; null if the
    /// certificate's file has it) with its password, and the certificates (PEM) of the cluster's authorities.
    /// </summary>
    /// <exception cref="CryptographicException">A file cannot be used; the text names it and says why.</exception>
    public static ClusterTls Load(string certificate, string? key, string? password, string authorities)
    {
        ClusterTls tls = new(OwnCertificate(certificate, key, password), ReadAuthorities(authorities));
        if (!tls.Certificate.HasPrivateKey)
            throw new CryptographicException($"{certificate} comes without its private key");

        // Fail at the start, not at the first connection.
        return tls.IsTrusted(tls.Certificate, out string why)
            ? tls
            : throw new CryptographicException($"{certificate} is not signed by who is in {authorities}: {why}");
    }

    /// <summary>Sets the options of Orleans' TLS.</summary>
    public void ApplyTo(TlsOptions options)
    {
        options.LocalCertificate = Certificate;
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.RemoteCertificateValidation = (certificate, _, _) => IsTrusted(certificate, out string _);

        // Any name is accepted, but the handshake needs one.
        options.OnAuthenticateAsClient = static (_, authentication) => authentication.TargetHost = "orleans-shards";
    }

    private static X509Certificate2 OwnCertificate(string file, string? key, string? password)
    {
        try
        {
            if (Path.GetExtension(file).ToUpperInvariant() is ".PFX" or ".P12")
                return X509CertificateLoader.LoadPkcs12FromFile(file, password);

            using X509Certificate2 read = password is null
                ? X509Certificate2.CreateFromPemFile(file, key)
                : X509Certificate2.CreateFromEncryptedPemFile(file, password, key);

            // SslStream on Windows cannot use an ephemeral key, but can use a PKCS #12 copy.
            return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CryptographicException($"{file}{(key is null ? "" : $" with {key}")} cannot be read: {error.Message}");
        }
    }

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        X509Certificate2Collection authorities = [];
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CryptographicException($"{file} cannot be read: {error.Message}");
        }

        return authorities.Count > 0
            ? authorities
            : throw new CryptographicException($"{file} has no certificate in PEM; expected at least one");
    }

    private bool IsTrusted(X509Certificate2 certificate, out string why)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        bool isTrusted = chain.Build(certificate);
        why = string.Join(", ", chain.ChainStatus.Select(static status => status.StatusInformation.Trim()));
        return isTrusted;
    }
}
