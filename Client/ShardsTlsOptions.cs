using System.Security.Cryptography;
using OrleansShards.Grains.Interfaces.Security;

namespace OrleansShards.Client;

/// <summary>Mutual TLS to the silos: both sides present a certificate that the cluster's authorities have signed.</summary>
public sealed class ShardsTlsOptions
{
    /// <summary>The file of this application's certificate, PEM or PKCS #12.</summary>
    /// <value>None; required.</value>
    public string? Certificate { get; set; }

    /// <summary>The file of its key, PEM.</summary>
    /// <value>Null unless set: the certificate's file has it.</value>
    public string? Key { get; set; }

    /// <summary>The password of the encrypted key or PKCS #12 file.</summary>
    /// <value>Null unless set: not encrypted.</value>
    public string? Password { get; set; }

    /// <summary>The file, PEM, of the certificates of the cluster's authorities.</summary>
    /// <value>None; required.</value>
    public string? Authorities { get; set; }

    internal ClusterTls Load() => ClusterTls.Load(Certificate ?? "", Key, Password, Authorities ?? "");

    internal IEnumerable<string> Problems()
    {
        if (string.IsNullOrEmpty(Certificate))
            yield return "Tls:Certificate is empty; expected the file of this application's certificate";

        if (string.IsNullOrEmpty(Authorities))
            yield return "Tls:Authorities is empty; expected the file of the certificates of those who sign for the cluster";

        if (!string.IsNullOrEmpty(Certificate) && !string.IsNullOrEmpty(Authorities) && Obstacle() is { } obstacle)
            yield return $"Tls: {obstacle}";
    }

    private string? Obstacle()
    {
        try
        {
            Load();
            return null;
        }
        catch (CryptographicException failure)
        {
            return failure.Message;
        }
    }
}
