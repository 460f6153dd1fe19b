using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>The process: options in, exit code out.</summary>
internal static class GatewayProcess
{
    /// <summary>Runs a gateway on the process's own streams.</summary>
    internal static int Run(string[] args) => Run(args, OpenCluster.For);

    /// <summary>As <see cref="Run(string[])"/>, with another way to open clusters.</summary>
    internal static int Run(string[] args, Func<GatewayOptions, GatewayLog, ClusterOpener> cluster)
    {
        if (StartOptions.Read(args, Console.Error, out int exitCode) is not { } options)
        {
            return exitCode;
        }

        GatewayStreams streams = GatewayStreams.Standard();
        var log = new GatewayLog(streams.Errors, options.LogLevel);
        using var gateway = new Gateway(streams, options, log, cluster(options, log));
        using var stopping = new StopSignals(gateway, log);
        gateway.Start();
        return stopping.WaitForEnd();
    }
}
