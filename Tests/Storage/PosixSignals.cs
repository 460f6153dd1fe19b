using System.Runtime.InteropServices;

namespace OrleansShards.Tests.Storage;

/// <summary>Stopping a process and letting it go on, as Linux numbers it.</summary>
internal static class PosixSignals
{
    private const int Stop = 19;
    private const int Continue = 18;

    /// <summary>SIGSTOP to the calling thread, which stops all of them, and this one before it returns.</summary>
    internal static void StopThisProcess() => _ = Raise(Stop);

    internal static void ContinueProcess(int process) => Assert.Equal(0, Kill(process, Continue));

    /// <summary>Returns once a child has stopped; it blocks until then.</summary>
    internal static void WaitUntilStopped(int child)
    {
        const int OfProcess = 1;
        const int StoppedAndLeaveIt = 0x0000_0002 | 0x0100_0000;
        var about = new byte[128];
        Assert.Equal(0, WaitId(OfProcess, child, about, StoppedAndLeaveIt));
    }

    [DllImport("libc", EntryPoint = "raise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Raise(int signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    [DllImport("libc", EntryPoint = "waitid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int WaitId(int kind, int id, byte[] about, int options);
}
