using OrleansShards.MaelstromGateway.Io;
using OrleansShards.MaelstromGateway.Lanes;
using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>The process: options in, exit code out.</summary>
internal static class GatewayProcess
{
    /// <summary>Runs a gateway on the process's own streams.</summary>
    internal static int Run(string[] args)
    {
        if (Read(args, out int exitCode) is not { } options)
            return exitCode;

        GatewayStreams streams = GatewayStreams.Standard();
        var log = new GatewayLog(streams.Errors, options.LogLevel);
        using var gateway = new Gateway(streams, options, log, OpenerFor(options, log));
        using var stopping = new StopSignals(gateway, log);
        gateway.Start();
        return stopping.WaitForEnd();
    }

    /// <summary>How the cluster is opened at <c>init</c>. A silo that is a cluster of its own begins to start here.</summary>
    internal static ClusterOpener OpenerFor(GatewayOptions options, GatewayLog log) =>
        options.Silos.Count > 0 ? new OtherSilosOpener(options, log).OpenAsync
        : options.Cluster is not null ? new ClusterSiloOpener(options, log).OpenAsync
        : new OwnSiloOpener(options, log).OpenAsync;

    /// <summary>
    /// The options. The library for them costs tens of milliseconds to load, which is much of the time until init is answered: where
    /// nothing is given it is not loaded.
    /// </summary>
    private static GatewayOptions? Read(string[] args, out int exitCode)
    {
        exitCode = 0;
        return GatewayOptionReader.IsNothingGiven(args)
            ? new GatewayOptions()
            : new GatewayOptionReader().Read(args, Console.Out, Console.Error, out exitCode);
    }
}
