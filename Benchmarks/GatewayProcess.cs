using System.Diagnostics;

namespace OrleansShards.Benchmarks;

/// <summary>A gateway as a process of its own, reached by its pipes.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private readonly Process _process;

    internal GatewayProcess(string gateway, string? dataDirectory)
    {
        ProcessStartInfo start = new(gateway)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        // It is asked to be a cluster of several nodes by itself, and says at each start that this may be a mistake.
        Add(start, "--log-level", "warning");
        Add(start, "--data", dataDirectory);

        _process = Process.Start(start) ?? throw new InvalidOperationException($"{gateway} could not be started");
        Input = _process.StandardInput.BaseStream;
        Output = _process.StandardOutput.BaseStream;
    }

    internal Stream Input { get; }

    internal Stream Output { get; }

    public void Dispose()
    {
        Input.Dispose();
        _process.WaitForExit();
        if (_process.ExitCode != 0)
            throw new InvalidOperationException($"the gateway ended with status {_process.ExitCode}");

        _process.Dispose();
    }

    private static void Add(ProcessStartInfo start, string option, string? value)
    {
        if (value is not null)
        {
            start.ArgumentList.Add(option);
            start.ArgumentList.Add(value);
        }
    }
}
