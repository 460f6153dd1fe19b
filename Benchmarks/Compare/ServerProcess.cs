using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OrleansShards.Benchmarks.Compare;

/// <summary>A server's process and the directory of its data, which is deleted with it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int LinesKept = 10;

    private readonly string _name;
    private readonly Process _process;
    private readonly Queue<string> _said = new();

    /// <param name="program">A path, or a name of the PATH.</param>
    /// <param name="arguments">They are given the data directory, which exists.</param>
    /// <param name="slowCalls">The system calls that take longer, as on a slower disk.</param>
    /// <param name="delay">How much longer; 0 for not at all.</param>
    internal ServerProcess(string program, Func<string, IEnumerable<string>> arguments, string slowCalls, TimeSpan delay)
    {
        _name = Path.GetFileName(program);
        Data = Directory.CreateTempSubdirectory("orleansshards-bench-").FullName;
        string[] slowly = delay == TimeSpan.Zero ? [] :
        [
            // -D: the tracer is not the parent, so that the process that is killed is the server's own.
            "strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", $"trace={slowCalls}",
            "-e", string.Create(CultureInfo.InvariantCulture, $"inject={slowCalls}:delay_exit={delay.TotalMicroseconds:0}"),
        ];
        string[] line = [.. slowly, program, .. arguments(Data)];
        ProcessStartInfo start = new(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    internal string Data { get; }

    internal int Id => _process.Id;

    /// <summary>Repeats the question until it is answered.</summary>
    internal async Task WaitUntilReadyAsync(Func<Task> ask, CancellationToken cancellationToken)
    {
        // A build may come before it.
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"{_name} ended with status {_process.ExitCode}: {Said()}");

            try
            {
                await ask();
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    internal static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal static string FreePortText() => FreePort().ToString(CultureInfo.InvariantCulture);

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;

        lock (_said)
        {
            _said.Enqueue(line);
            if (_said.Count > LinesKept)
                _said.Dequeue();
        }
    }

    private string Said()
    {
        lock (_said)
            return string.Join('\n', _said);
    }
}
