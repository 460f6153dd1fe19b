using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OrleansShards.Tests.Orleans.Silo;
using OrleansShards.Tests.Orleans.Silo.Api;
using OrleansShards.Tests.Processes;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>A place for one silo of a fleet: ports that stay, and one process after the other.</summary>
/// <param name="group">The replica group that it carries.</param>
/// <param name="environment">What its processes have in their environment besides the test's.</param>
/// <param name="options">What every silo of the fleet is started with.</param>
/// <param name="at">The network namespace that it is in; null for the test's own.</param>
internal sealed class SiloSlot(
    string group, IReadOnlyCollection<KeyValuePair<string, string>> environment, IReadOnlyList<string> options, NetworkNode? at = null)
    : IDisposable
{
    private const int LinesTold = 40;

    private readonly int[] _ports = FreePorts.Take(3);

    // Replaced, not changed: a process is started while somebody reads what those before it have logged.
    private volatile ImmutableList<SiloRun> _runs = [];

    internal string Group => group;

    internal int SiloPort => _ports[0];

    internal int GatewayPort => _ports[1];

    /// <summary>How often a process was started here.</summary>
    internal int Starts => _runs.Count;

    /// <summary>Whether nobody is to be started here although nobody runs.</summary>
    internal bool HoldsBack { get; set; }

    internal bool IsRunning => _runs.Count > 0 && !Current.HasEnded;

    private SiloRun Current => _runs[^1];

    /// <summary>The process that runs, or ran last.</summary>
    internal int Id => Current.Id;

    internal void Start() => _runs = _runs.Add(new SiloRun(at, _ports, environment, ["--groups", group, .. options]));

    /// <summary>Asks the API of the process that runs.</summary>
    internal ApiClient Connect() => new(Current);

    /// <summary>SIGKILL; nobody takes its place before <see cref="HoldsBack"/> is taken back.</summary>
    internal void Kill()
    {
        HoldsBack = true;
        Current.Kill();
    }

    /// <summary>SIGSTOP: it keeps its memory and connections, and does nothing.</summary>
    internal void Stop() => Signal("STOP");

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    internal void Continue() => Signal("CONT");

    /// <summary>Whether <c>/health/ready</c> says so now.</summary>
    internal async Task<bool> IsReadyAsync()
    {
        try
        {
            return IsRunning && (int)(await Current.GetAsync("/health/ready")).Status == 200;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return false;
        }
    }

    /// <summary>What its wall clock shows: its answers are dated by it.</summary>
    internal async Task<DateTimeOffset?> ClockAsync()
    {
        using HttpClient http = Current.Connect();
        using HttpResponseMessage answer = await http.GetAsync("/health/live", TestContext.Current.CancellationToken);
        return answer.Headers.Date;
    }

    /// <summary>How often its processes have logged the event with this number.</summary>
    internal int Logged(int id) =>
        _runs.Sum(run => run.Lines.Count(line => line.Contains($"[{id}]", StringComparison.Ordinal)));

    /// <summary>The last that its processes have logged, for a failure's report.</summary>
    internal string Told() => string.Join('\n', _runs.SelectMany((run, index) =>
        run.Lines.TakeLast(LinesTold).Select(line => $"{group}#{index + 1} {line}")));

    public void Dispose()
    {
        if (IsRunning)
        {
            // One that is stopped would not see the end of its test.
            Continue();
        }

        foreach (SiloRun run in _runs)
            run.Dispose();
    }

    private void Signal(string name)
    {
        using Process kill = Process.Start("kill", ["-s", name, Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.True(kill.ExitCode == 0, $"SIG{name} could not be sent to {group}'s silo, process {Id}");
    }
}
