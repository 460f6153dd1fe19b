using System.Diagnostics;
using System.Globalization;
using OrleansShards.Tests.House;
using OrleansShards.Tests.Processes;

namespace OrleansShards.Tests.Storage;

/// <summary>A PostgreSQL server of the test's own, to be killed. Its programs are this machine's.</summary>
/// <param name="at">The network namespace that it is in; null for the test's own.</param>
internal sealed class TestServer(NetworkNode? at = null) : IAsyncDisposable
{
    // What eng/postgres.sh ends with where there is none and none can be installed.
    private const int NoPostgres = 3;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"orleansshards-postgres-{Guid.NewGuid():N}");

    /// <summary>Its connection string, once it was started.</summary>
    internal string Address { get; private set; } = "";

    /// <summary>The server itself, whose end is everybody's.</summary>
    internal int Id => int.Parse(File.ReadLines(Path.Combine(_directory, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    internal async Task StartAsync(params string[] options) => Address = (await RunAsync(["start", _directory, .. options])).Trim();

    /// <summary>Starts a PgBouncer before it, in session mode; its connection string. It ends with the server.</summary>
    internal async Task<string> StartPoolerAsync(params string[] settings) => (await RunAsync(["pooler", _directory, .. settings])).Trim();

    internal async Task StopAsync() => await RunAsync(["stop", _directory]);

    /// <summary>SIGKILL, of the server or of one of its processes.</summary>
    internal static void Kill(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    private async Task<string> RunAsync(string[] arguments)
    {
        ProcessStartInfo start = new("bash", [Path.Combine(Repository.Root, "eng", "postgres.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var script = Process.Start(at?.Enter(start) ?? start)!;
        var (output, errors) = (script.StandardOutput.ReadToEndAsync(), script.StandardError.ReadToEndAsync());
        await script.WaitForExitAsync();
        var said = (await errors).Trim();
        Assert.SkipWhen(script.ExitCode == NoPostgres, said.Split('\n')[^1]);
        Assert.True(script.ExitCode == 0, $"{string.Join(' ', arguments)}: {said}");
        return await output;
    }
}
