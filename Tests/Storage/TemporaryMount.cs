using System.Diagnostics;

namespace OrleansShards.Tests.Storage;

/// <summary>A small file system in memory, which can be filled, made read-only and taken away. Needs to be root.</summary>
internal sealed class TemporaryMount : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    internal TemporaryMount(int kibibytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root may mount a file system");
        var mounted = Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", Path).Code == 0;
        if (!mounted)
        {
            _directory.Dispose();
            Assert.Skip("a file system cannot be mounted here");
        }
    }

    internal string Path => _directory.Path;

    internal void MakeReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", Path).Code);

    internal void TakeAway() => Assert.Equal(0, Run("umount", "-l", Path).Code);

    public void Dispose()
    {
        Run("umount", "-l", Path);
        _directory.Dispose();
    }

    /// <summary>Runs a program to its end: its exit code, −1 where there is none, and what it has said.</summary>
    internal static (int Code, string Said) Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, said + errors.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "");
        }
    }
}
