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

    internal TestCertificates()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(From, To);
        File.WriteAllText(Authority, _authority.ExportCertificatePem());
    }

    internal string Authority => Path.Combine(_directory, "ca.pem");

    /// <summary>A certificate and its key, PEM.</summary>
    internal (string Certificate, string Key) Pem(string name)
    {
        (X509Certificate2 certificate, ECDsa key) = Sign(name);
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
        (X509Certificate2 certificate, ECDsa key) = Sign(name);
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

    private (X509Certificate2 Certificate, ECDsa Key) Sign(string name)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        return (request.Create(_authority, From, To, Guid.NewGuid().ToByteArray()), key);
    }
}
