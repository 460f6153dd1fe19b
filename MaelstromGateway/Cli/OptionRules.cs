namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>What options say together: each may be right and the whole make no sense.</summary>
internal static class OptionRules
{
    private static readonly TimeSpan SiloFailoverMin = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong, a sentence each.</summary>
    internal static IEnumerable<string> Broken(GatewayOptions options) =>
        from rule in Rules(options) where rule.IsBroken select rule.Text;

    private static IEnumerable<(bool IsBroken, string Text)> Rules(GatewayOptions options)
    {
        bool isClient = options.Host == HostKind.OtherSilos;
        yield return (
            options.Host != HostKind.InProcess && !OpenCluster.HasOrleans,
            $"--{(isClient ? "silo" : "host silo")} needs Orleans, and this build has none (WithOrleans=false); "
            + "expected --host in-process");
        yield return (
            isClient && options.ChosenHost is not null,
            "--host and --silo are given; expected one: this process carries the cluster, or is a client of others");
        yield return (
            isClient && options.Cluster is not null,
            "--cluster and --silo are given; expected one: a cluster of gateways, or one of silos");
        yield return (
            isClient && options.DataDirectory is not null,
            "--data and --silo are given; expected --silo alone: its silos keep the state");
        yield return (
            options.Host == HostKind.Silo && options.Cluster is not null,
            "--cluster and --host silo are given; expected --host in-process, which carries clusters of gateways; "
            + "for several silos there is --silo");
        yield return (
            options.Host == HostKind.Silo && options.FailoverAfter < SiloFailoverMin,
            $"--failover-after-ms is {options.FailoverAfter.TotalMilliseconds}; expected {SiloFailoverMin.TotalMilliseconds} "
            + "or more with --host silo");
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
