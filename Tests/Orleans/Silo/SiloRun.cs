using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using OrleansShards.Cli.Http;
using OrleansShards.Tests.Processes;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>A silo as a process of its own, on ports and with a data directory of its own.</summary>
internal sealed class SiloRun : IDisposable
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The silo's assembly, as it was built with the tests.</summary>
    internal static readonly string Program = Path.Combine(AppContext.BaseDirectory, "OrleansShards.Silo.dll");

    private readonly string _directory = Directory.CreateTempSubdirectory("orleansshards-silo-").FullName;
    private readonly ConcurrentQueue<string> _lines = [];
    private readonly Process _process;
    private readonly NetworkNode? _at;
    private readonly ServerTrust _trust;
    private readonly HttpClient _http;

    /// <summary>On ports of its own, with its logs in <see cref="Data"/> unless the options name a database.</summary>
    internal SiloRun(params string[] options)
        : this(FreePorts.Take(3), options)
    {
    }

    internal SiloRun(int[] ports, params string[] options)
        : this(ports, [], options)
    {
    }

    /// <param name="ports">For silos, clients and pages.</param>
    /// <param name="environment">
    /// What the process has in its environment besides the test's. With a start-up hook, which runs the silo then, it is this program.
    /// </param>
    /// <param name="options">What follows on the command line.</param>
    internal SiloRun(int[] ports, IReadOnlyCollection<KeyValuePair<string, string>> environment, params string[] options)
        : this((NetworkNode?)null, ports, environment, options)
    {
    }

    /// <param name="at">The network namespace that it runs in; null for the test's own.</param>
    /// <param name="ports">For silos, clients and pages.</param>
    /// <param name="environment">What the process has in its environment besides the test's.</param>
    /// <param name="options">What follows on the command line.</param>
    internal SiloRun(
        NetworkNode? at, int[] ports, IReadOnlyCollection<KeyValuePair<string, string>> environment, params string[] options)
        : this(
            environment.Any(static one => one.Key == "DOTNET_STARTUP_HOOKS") ? typeof(SiloRun).Assembly.Location : Program,
            at, ports, environment, options)
    {
    }

    /// <param name="program">The silo's assembly.</param>
    /// <param name="ports">For silos, clients and pages.</param>
    /// <param name="environment">What the process has in its environment besides the test's.</param>
    /// <param name="options">What follows on the command line.</param>
    internal SiloRun(
        string program, int[] ports, IReadOnlyCollection<KeyValuePair<string, string>> environment, params string[] options)
        : this(program, null, ports, environment, options)
    {
    }

    private SiloRun(
        string program, NetworkNode? at, int[] ports, IReadOnlyCollection<KeyValuePair<string, string>> environment, string[] options)
    {
        _at = at;
        (SiloPort, GatewayPort, HttpPort) = (ports[0], ports[1], ports[2]);
        bool hasPlace = options.Contains("postgres") || options.Contains("--data");
        ProcessStartInfo start = new("dotnet", [
            program, "--silo-port", Text(SiloPort), "--gateway-port", Text(GatewayPort), "--http-port", Text(HttpPort),
            .. hasPlace ? [] : new[] { "--data", Data }, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;

        // Beyond a loopback address a certificate is for HTTP, too.
        int authorities = options.Contains("--http-bind") ? Array.IndexOf(options, "--tls-ca") : -1;
        Url = new Uri($"{(authorities < 0 ? "http" : "https")}://127.0.0.1:{HttpPort}");
        _trust = new ServerTrust(Url, authorities < 0 ? null : ServerTrust.Load(options[authorities + 1]));
        _process = Process.Start(at?.Enter(start) ?? start)!;
        _http = Connect();
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        Errors = _process.StandardError.ReadToEndAsync();
    }

    internal int Id => _process.Id;

    internal bool HasEnded => _process.HasExited;

    internal int SiloPort { get; }

    internal int GatewayPort { get; }

    internal int HttpPort { get; }

    internal Uri Url { get; }

    internal string Data => Path.Combine(_directory, "data");

    /// <summary>Its log, so far.</summary>
    internal string[] Lines => [.. _lines.Where(static line => line.Length > 0)];

    /// <summary>All that it has written to stderr, once it has ended.</summary>
    internal Task<string> Errors { get; }

    /// <summary>For its pages.</summary>
    internal HttpClient Connect()
    {
        SocketsHttpHandler handler = new() { SslOptions = _trust.Options };
        if (_at is not null)
            handler.ConnectCallback = _at.ConnectAsync;

        return new HttpClient(handler) { BaseAddress = Url, Timeout = Limit };
    }

    internal async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(path, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Waits until <c>/health/ready</c> says this; answers what it says.</summary>
    internal Task<JsonElement> UntilReadyIsAsync(bool ready)
    {
        HttpStatusCode wanted = ready ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable;
        return UntilAsync("/health/ready", $"{wanted}", (status, _) => status == wanted);
    }

    /// <summary>Asks until the answer is as wanted; answers it.</summary>
    internal async Task<JsonElement> UntilAsync(string path, string wanted, Func<HttpStatusCode, JsonElement, bool> isWanted)
    {
        string seen = "nothing";
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(50));
        for (long startedAt = Stopwatch.GetTimestamp();
            Stopwatch.GetElapsedTime(startedAt) < Limit;
            await looks.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            Assert.False(_process.HasExited, $"the silo has ended; log: {string.Join('\n', Lines)}");
            try
            {
                (HttpStatusCode status, seen) = await GetAsync(path);
                JsonElement answer = JsonDocument.Parse(seen).RootElement;
                if (isWanted(status, answer))
                    return answer;
            }
            catch (HttpRequestException notListening)
            {
                seen = notListening.Message;
            }
        }

        Assert.Fail($"{path} was not as wanted ({wanted}) within {Limit}; last: {seen}; log: {string.Join('\n', Lines)}");
        return default;
    }

    /// <summary>Waits for as many lines of its log that have this.</summary>
    internal async Task UntilLineAsync(string text, int count = 1)
    {
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(50));
        for (long startedAt = Stopwatch.GetTimestamp();
            Lines.Count(line => line.Contains(text, StringComparison.Ordinal)) < count;
            await looks.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(Stopwatch.GetElapsedTime(startedAt) < Limit, $"the log had not {text} within {Limit}: {string.Join('\n', Lines)}");
        }
    }

    internal void Terminate() => Signal("TERM");

    internal void Signal(string name) => Process.Start("kill", ["-s", name, Text(_process.Id)])!.WaitForExit();

    /// <summary>SIGSTOP: the system goes on taking connections for it, and it says nothing.</summary>
    internal void Freeze() => Signal("STOP");

    /// <summary>SIGKILL: nothing in the process gets to run any more.</summary>
    internal void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits for its end; its exit code.</summary>
    internal async Task<int> EndedAsync()
    {
        try
        {
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"the silo had not ended within {Limit}; log: {string.Join('\n', Lines)}");
        }

        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();

        _process.Dispose();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
