using System.Diagnostics;
using System.Globalization;

namespace OrleansShards.Tests.Orleans.Clustering;

/// <summary>
/// A process of its own, to be stopped and killed: this very program, with a start-up hook that runs before its ordinary
/// entry point and does what it is told.
/// </summary>
internal abstract class HookedProcess : IDisposable
{
    internal const string Variable = "ORLEANSSHARDS_TEST_CLUSTERING";

    private readonly Process _process;

    /// <param name="what">Words that <c>StartupHook</c> knows; the directory comes last and may have spaces.</param>
    protected HookedProcess(string what)
    {
        string assembly = typeof(HookedProcess).Assembly.Location;
        _process = Process.Start(new ProcessStartInfo(Path.ChangeExtension(assembly, null))
        {
            Environment = { [Variable] = what, ["DOTNET_STARTUP_HOOKS"] = assembly },
            RedirectStandardOutput = true,
        })!;
    }

    protected StreamReader Output => _process.StandardOutput;

    /// <summary>SIGKILL: nothing of the process's own runs after it.</summary>
    internal void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    internal void Signal(string name)
    {
        using Process kill = Process.Start("kill", ["-s", name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.True(kill.ExitCode == 0, $"SIG{name} could not be sent to process {_process.Id}");
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}
