using System.Diagnostics;

namespace OrleansShards.Tests.Storage;

/// <summary>A small file system in memory, which can be filled, made read-only and taken away. Needs to be root.</summary>
internal sealed class TemporaryMount : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    internal TemporaryMount(int kibibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root may mount a file system");
        var mounted = Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", Path);
        if (!mounted)
        {
            _directory.Dispose();
            Assert.Skip("a file system cannot be mounted here");
        }
    }

    internal string Path => _directory.Path;

    internal void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Path));

    internal void TakeAway() => Assert.True(Run("umount", "-l", Path));

    public void Dispose()
    {
        Run("umount", "-l", Path);
        _directory.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
