using Microsoft.Win32.SafeHandles;
using OrleansShards.Grains.Clustering;
using OrleansShards.MaelstromGateway.Network;
using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>The process: takes options, returns an exit code.</summary>
internal static class GatewayProcess
{
    /// <summary>Runs a gateway on the process's own streams.</summary>
    internal static int Run(string[] args)
    {
        // To load the library for options takes tens of milliseconds, much of the time to init_ok: without options it is not loaded.
        int exitCode = 0;
        GatewayOptions? options = GatewayOptionReader.IsNothingGiven(args)
            ? new GatewayOptions()
            : new GatewayOptionReader().Read(args, Console.Out, Console.Error, out exitCode);
        if (options is null)
            return exitCode;

        var log = new GatewayLog(Console.OpenStandardError(), options.LogLevel);
        MaelstromNetwork? network = options.IsMaelstromTheNetwork ? new MaelstromNetwork() : null;
        using var gateway = new Gateway(
            Console.OpenStandardInput(), OpenOutput(), options, log, OpenerFor(options, log, network), network);
        using var stopping = new StopSignals(gateway, log);
        gateway.Start();
        return stopping.WaitForEnd();
    }

    /// <summary>How <c>init</c> opens the cluster. A silo that is a cluster of its own begins to start here.</summary>
    internal static ClusterOpener OpenerFor(GatewayOptions options, GatewayLog log, MaelstromNetwork? network = null) =>
        options.Silos.Count > 0 ? (definition, _, cancellation) => SiloConnection.OpenAsync(options, log, definition, cancellation)
        : options.Cluster is null ? new OwnSilo(options, log).OpenAsync
        : (definition, self, cancellation) => ClusterSilo.OpenAsync(
            options, log, state => NetworkOf(network, state, definition, self), definition, self, cancellation);

    private static ISiloNetwork NetworkOf(MaelstromNetwork? network, SharedDirectory state, ClusterDefinition definition, string self) =>
        network is null
            ? LoopbackNetwork.Reserve(state, self)
            : new NetworkTransport(network, network.Join(self, [.. definition.Groups.Select(static group => group.Value)]));

    // stdout. A pipe needs a file stream, as the console's stream ignores a broken pipe. A file needs the console's stream, as a file
    // stream has a position of its own: what the shell's other commands append to the file would overwrite ours.
    private static Stream OpenOutput()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();

        var handle = new SafeFileHandle(1, ownsHandle: false);
        var stream = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }
}
