using System.Net;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Telemetry;

/// <summary>Configures the log: a line for each message on stdout, as text or JSON.</summary>
internal static class SiloLogs
{
    private const string Time = "yyyy-MM-ddTHH:mm:ss.fffZ ";
    private static readonly TimeSpan WatchdogQuietTime = TimeSpan.FromSeconds(10);

    internal static void Apply(SiloSettings settings, ILoggingBuilder logging)
    {
        logging.ClearProviders();

        // Orleans, ASP.NET and other libraries log every step; only their warnings matter. Polly logs each attempt to place a grain,
        // although the caller gets the last failure.
        LogLevel others = settings.LogLevel is LogLevel.Information ? LogLevel.Warning : settings.LogLevel;
        LogLevel ifAsked = settings.LogLevel is LogLevel.Debug ? LogLevel.Debug : LogLevel.None;
        logging.SetMinimumLevel(others).AddFilter("Polly", ifAsked);

        // A check that is not ready is no error, and its caller gets the reason: a balancer would fill the log.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", ifAsked);

        // Orleans' watchdog may read a time stamp before its second thread has set it, and then warns that a thread has "not completed"
        // since the machine started. A true warning needs a stall of twenty seconds, so ten seconds of silence lose none.
        long startedAt = Environment.TickCount64;
        logging.AddFilter("Orleans.Runtime.Watchdog", level => level >= others
            && (level > LogLevel.Warning || Environment.TickCount64 - startedAt > WatchdogQuietTime.TotalMilliseconds));

        // Program reports a failed start once, so these do not log it, too. A service that fails later is critical, and logged.
        LogLevel starts = settings.LogLevel is LogLevel.Debug or LogLevel.None ? settings.LogLevel : LogLevel.Critical;
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", starts);
        logging.AddFilter("Orleans.Runtime.SiloLifecycleSubject", starts).AddFilter("Orleans.Runtime.Silo", starts);
        logging.AddFilter("OrleansShards", settings.LogLevel);
        if (settings.LogsJson)
            logging.AddJsonConsole(static to => (to.TimestampFormat, to.UseUtcTimestamp) = (Time.TrimEnd(), true));
        else
            logging.AddSimpleConsole(static to => (to.TimestampFormat, to.UseUtcTimestamp, to.SingleLine) = (Time, true, true));
    }
}

/// <summary>The messages of a silo's start and stop.</summary>
internal static partial class SiloBanner
{
    // How the command line is started from where the silo was started; set by run.sh.
    private const string CommandVariable = "SHARDS_COMMAND";

    internal static string Version => typeof(SiloBanner).Assembly.GetName().Version?.ToString(3) ?? "";

    internal static void Started(ILogger logger, SiloSettings settings)
    {
        Started(
            logger, Version, settings.Name, settings.ClusterId, string.Join(", ", settings.Nodes), settings.Shards,
            new IPEndPoint(settings.Advertised, settings.SiloPort), new IPEndPoint(settings.Advertised, settings.GatewayPort),
            settings.LogsPlace, settings.Tls is null ? "without TLS" : "with TLS", $"{UrlOf(settings, out _)}/dashboard");
        if (settings is { ApiKeyFile: not null, HttpTls: null } && !IPAddress.IsLoopback(settings.HttpBind))
            Unencrypted(logger, settings.HttpEndpoint);

        foreach (string command in Commands(settings, Environment.GetEnvironmentVariable(CommandVariable) ?? "shards"))
            Try(logger, command);
    }

    /// <summary>
    /// Two commands that work as they are from a shell on this machine. Where only another address is bound, or none of this machine's own
    /// names is in the certificate, what writes needs a key: the second one reads, too.
    /// </summary>
    internal static IEnumerable<string> Commands(SiloSettings settings, string shards)
    {
        string url = UrlOf(settings, out bool isLocal);
        string options = url == "http://127.0.0.1:8080" ? "" : $" --url {url}";
        if (settings is { HttpTls: not null, TlsAuthorities: { } authorities })
            options += $" --ca-file {Path.GetFullPath(authorities)}";

        yield return $"{shards} status{options}";
        yield return $"{shards} {(isLocal ? "put color blue" : "shards")}{options}";
    }

    // Where the pages are asked for on this machine; with TLS by the first name that is in the certificate.
    private static string UrlOf(SiloSettings settings, out bool isLocal)
    {
        IPAddress bound = settings.HttpBind;
        bool isAny = bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any);
        string[] local = bound.Equals(IPAddress.Any) ? [$"{IPAddress.Loopback}", "localhost"]
            : isAny ? [$"[{IPAddress.IPv6Loopback}]", "localhost"]
            : IPAddress.IsLoopback(bound) ? [SiloSettings.Text(bound)] : [];
        string[] hosts =
        [
            .. local, .. isAny ? [SiloSettings.Text(settings.Advertised), Environment.MachineName] : new[] { SiloSettings.Text(bound) },
            .. settings.HttpHosts.Where(static host => !host.Contains('*', StringComparison.Ordinal)),
        ];
        string host = hosts.FirstOrDefault(name => settings.HttpTls?.Certificate.MatchesHostname(name) ?? true) ?? hosts[0];
        isLocal = local.Contains(host);
        return $"{(settings.HttpTls is null ? "http" : "https")}://{host}:{settings.HttpPort}";
    }

    [LoggerMessage(LogEvents.SiloServes, LogLevel.Information,
        "OrleansShards {Version}: silo {Silo} of {Cluster} serves {Nodes} with {Shards} shards; "
        + "silos at {SiloAddress}, clients at {ClientAddress}, {Tls}; logs in {Logs}; dashboard {Dashboard}")]
    private static partial void Started(
        ILogger logger, string version, string silo, string cluster, string nodes, int shards, IPEndPoint siloAddress,
        IPEndPoint clientAddress, string logs, string tls, string dashboard);

    [LoggerMessage(LogEvents.HttpUnencrypted, LogLevel.Warning,
        "the keys of --api-key-file come to {Address} unencrypted, and whoever reads the network has them: give --tls-certificate")]
    private static partial void Unencrypted(ILogger logger, IPEndPoint address);

    [LoggerMessage(LogEvents.CommandToTry, LogLevel.Information, "try: {Command}")]
    private static partial void Try(ILogger logger, string command);

    [LoggerMessage(LogEvents.SiloStops, LogLevel.Information, "OrleansShards: silo {Silo} stops ({Signal})")]
    internal static partial void Stops(ILogger logger, string silo, string signal);

    [LoggerMessage(LogEvents.SiloStopped, LogLevel.Information, "OrleansShards: silo {Silo} has stopped")]
    internal static partial void Stopped(ILogger logger, string silo);
}
