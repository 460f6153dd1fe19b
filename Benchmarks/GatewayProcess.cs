using System.Diagnostics;

namespace OrleansShards.Benchmarks;

/// <summary>A gateway process, reached by its pipes.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private readonly Process _process;

    internal GatewayProcess(string gateway, string? dataDirectory)
    {
        // The gateway is alone although its init names two nodes; it would log at each start that this may be a mistake.
        string[] data = dataDirectory is null ? [] : ["--data", dataDirectory];
        ProcessStartInfo start = new(gateway, ["--log-level", "warning", .. data])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{gateway} could not be started");
        Input = _process.StandardInput.BaseStream;
        Output = _process.StandardOutput.BaseStream;
    }

    internal Stream Input { get; }

    internal Stream Output { get; }

    /// <summary>Asks for the help, because a script may have to build the gateway first; that is not part of a measurement.</summary>
    internal static void Build(string gateway)
    {
        using Process help = Process.Start(new ProcessStartInfo(gateway, ["--help"]) { RedirectStandardOutput = true })!;
        help.StandardOutput.ReadToEnd();
        help.WaitForExit();
    }

    public void Dispose()
    {
        Input.Dispose();
        _process.WaitForExit();
        if (_process.ExitCode != 0)
            throw new InvalidOperationException($"the gateway ended with status {_process.ExitCode}");

        _process.Dispose();
    }
}
