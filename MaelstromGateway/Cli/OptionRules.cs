namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>What options say together: each may be right and the whole make no sense.</summary>
internal static class OptionRules
{
    /// <summary>What is wrong, a sentence each.</summary>
    internal static IEnumerable<string> Broken(GatewayOptions options) =>
        from rule in Rules(options) where rule.IsBroken select rule.Text;

    private static IEnumerable<(bool IsBroken, string Text)> Rules(GatewayOptions options)
    {
        bool isClient = options.Silos.Count > 0;
        yield return (
            isClient && options.Cluster is not null,
            "--cluster and --silo are given; expected one: a silo in this process, or those of others");
        yield return (
            isClient && options.DataDirectory is not null,
            "--data and --silo are given; expected --silo alone: its silos keep the state");
        yield return (
            !isClient && (options.ClusterId ?? options.ServiceId) is not null,
            "--cluster-id and --service-id are for --silo, which is not given");
        bool hasTls = (options.TlsCertificate ?? options.TlsKey ?? options.TlsPassword ?? options.TlsAuthorities) is not null;
        yield return (!isClient && hasTls, "the --tls-… options are for --silo, which is not given");
        yield return (
            hasTls && (options.TlsCertificate is null || options.TlsAuthorities is null),
            "for TLS expected both --tls-certificate and --tls-ca");
    }
}
