using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OrleansShards.Benchmarks.Silos;

/// <summary>A silo process, durable in a directory that is deleted with it.</summary>
internal sealed class SiloProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private readonly string _data = Directory.CreateTempSubdirectory("orleansshards-bench-").FullName;
    private readonly int _http = FreePort();
    private readonly Process _process;

    internal SiloProcess(string script)
    {
        ProcessStartInfo start = new(script, [
            "silo", "--data", _data, "--silo-port", Text(FreePort()), "--gateway-port", Text(Gateway.Port),
            "--http-port", Text(_http), "--log-level", "warning"]);
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{script} could not be started");
    }

    internal IPEndPoint Gateway { get; } = new(IPAddress.Loopback, FreePort());

    internal async Task WaitUntilReadyAsync()
    {
        using HttpClient http = new();
        using CancellationTokenSource limit = new(StartLimit);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(50));
        Uri ready = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_http}/health/ready"));
        while (!await IsReadyAsync(http, ready))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"the silo ended with status {_process.ExitCode}");

            await timer.WaitForNextTickAsync(limit.Token);
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri ready)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(ready);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    internal static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
