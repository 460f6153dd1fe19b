using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>An authority of the test's own, and certificates that it signs, as files.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset To = DateTimeOffset.UtcNow.AddDays(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("orleansshards-tls-").FullName;
    private readonly X509Certificate2 _authority;

    internal TestCertificates(bool hasIntermediate = false)
    {
        _authority = Certify("CN=test authority", static (request, _) => request.CreateSelfSigned(From, To));
        string root = _authority.ExportCertificatePem();
        File.WriteAllText(Root, root);
        File.WriteAllText(Authority, root);
        if (!hasIntermediate)
            return;

        using X509Certificate2 signer = _authority;
        _authority = Certify("CN=test intermediate", (request, key) =>
        {
            using X509Certificate2 signed = request.Create(signer, From, To, Guid.NewGuid().ToByteArray());
            return signed.CopyWithPrivateKey(key);
        });
        File.WriteAllText(Authority, $"{root}\n{_authority.ExportCertificatePem()}");
    }

    /// <summary>Who signs, and whoever has signed for them.</summary>
    internal string Authority => Path.Combine(_directory, "ca.pem");

    /// <summary>The last of these.</summary>
    internal string Root => Path.Combine(_directory, "root.pem");

    /// <summary>A certificate for these hosts and its key, PEM.</summary>
    internal (string Certificate, string Key) Pem(string name, params string[] hosts) => Pem(name, To, hosts);

    /// <summary>The same, valid until then.</summary>
    internal (string Certificate, string Key) Pem(string name, DateTimeOffset to, params string[] hosts)
    {
        (X509Certificate2 certificate, ECDsa key) = Sign(name, to, hosts);
        using (certificate)
        using (key)
        {
            (string Certificate, string Key) files = (Path.Combine(_directory, name + ".pem"), Path.Combine(_directory, name + ".key"));
            File.WriteAllText(files.Certificate, certificate.ExportCertificatePem());
            File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
            return files;
        }
    }

    /// <summary>A certificate with its key, PKCS #12.</summary>
    internal string Pfx(string name, string password)
    {
        (X509Certificate2 certificate, ECDsa key) = Sign(name, To);
        using (certificate)
        using (key)
        using (X509Certificate2 both = certificate.CopyWithPrivateKey(key))
        {
            string file = Path.Combine(_directory, name + ".pfx");
            File.WriteAllBytes(file, both.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, password));
            return file;
        }
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static X509Certificate2 Certify(string name, Func<CertificateRequest, ECDsa, X509Certificate2> sign)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, hasPathLengthConstraint: false, 0, true));
        return sign(request, key);
    }

    private (X509Certificate2 Certificate, ECDsa Key) Sign(string name, DateTimeOffset to, params string[] hosts)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }

        if (hosts.Length > 0)
            request.CertificateExtensions.Add(names.Build());

        return (request.Create(_authority, From, to, Guid.NewGuid().ToByteArray()), key);
    }
}
