using System.Net;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Telemetry;

/// <summary>What a silo says of itself when it starts and when it ends.</summary>
internal static partial class SiloBanner
{
    /// <summary>The program's version.</summary>
    internal static string Version => typeof(SiloBanner).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>One line for whoever looks at the log first.</summary>
    internal static void Started(ILogger logger, SiloSettings settings) => Started(
        logger,
        Version,
        settings.Name,
        settings.ClusterId,
        string.Join(", ", settings.Nodes),
        settings.Shards,
        new IPEndPoint(settings.Advertised, settings.SiloEndpoint.Port),
        new IPEndPoint(settings.Advertised, settings.GatewayEndpoint.Port),
        settings.LogsPlace,
        settings.Tls is null ? "without TLS" : "with TLS",
        $"http://{settings.HttpEndpoint}/dashboard");

    [LoggerMessage(LogLevel.Information, "OrleansShards {Version}: silo {Silo} of {Cluster} serves {Nodes} with {Shards} shards; "
        + "silos at {SiloAddress}, clients at {ClientAddress}, {Tls}; logs in {Logs}; dashboard {Dashboard}")]
    private static partial void Started(
        ILogger logger,
        string version,
        string silo,
        string cluster,
        string nodes,
        int shards,
        IPEndPoint siloAddress,
        IPEndPoint clientAddress,
        string logs,
        string tls,
        string dashboard);

    [LoggerMessage(LogLevel.Information, "OrleansShards: silo {Silo} has stopped")]
    internal static partial void Stopped(ILogger logger, string silo);
}
