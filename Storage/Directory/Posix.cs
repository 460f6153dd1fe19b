using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace OrleansShards.Storage.Directory;

/// <summary>System calls for which .NET has no method. Each returns 0 or an <c>errno</c>.</summary>
internal static class Posix
{
    /// <summary>EEXIST; like the other numbers here the same on Linux, macOS and the BSDs.</summary>
    internal const int Exists = 17;

    internal const int InputOutput = 5;
    internal const int NoSpace = 28;
    internal const int ReadOnlyFileSystem = 30;

    /// <summary>EDQUOT of Linux; no error has that number elsewhere.</summary>
    internal const int QuotaExceeded = 122;

    private const int NotPermitted = 1;
    private const int NoEntry = 2;
    private const int Interrupted = 4;
    private const int AccessDenied = 13;
    private const int NotADirectory = 20;
    private const int TooManyLinks = 31;

    /// <summary>Gives a file a second name if that is free.</summary>
    internal static int Link(string file, string name) => LinkNative(file, name) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>fsync(2) on a directory: .NET refuses to open one.</summary>
    internal static int SyncDirectory(string directory)
    {
        int descriptor;
        while ((descriptor = OpenNative(directory, flags: 0)) < 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Interrupted)
                return error;
        }

        using SafeFileHandle opened = new(descriptor, ownsHandle: true);
        while (SyncNative(descriptor) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Interrupted)
                return error;
        }

        return 0;
    }

    /// <summary>
    /// Whether two names are those of one file. Implemented on Linux only; elsewhere it returns false, and a put that lost a race
    /// against its own repeated link finds its own bytes there.
    /// </summary>
    internal static bool AreSameFile(string one, string other) =>
        OperatingSystem.IsLinux() && TryIdentify(one, out var first) && TryIdentify(other, out var second) && first == second;

    /// <summary>The exception for a failed link: it tells whether the link certainly does not exist, or may.</summary>
    internal static Exception FailureOf(int error, string text) => error switch
    {
        AccessDenied or NotPermitted =>
            new UnauthorizedAccessException($"{text}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})."),
        NoEntry or NotADirectory or NoSpace or ReadOnlyFileSystem or TooManyLinks or QuotaExceeded =>
            new IOException($"{text}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).", error),
        _ => new UnknownOutcomeException(error, text),
    };

    private static bool TryIdentify(string file, out (ulong Inode, uint Major, uint Minor) identity)
    {
        const int WorkingDirectory = -100;
        const int DoNotFollow = 0x100;
        const uint InodeOnly = 0x100;
        var done = StatNative(WorkingDirectory, file, DoNotFollow, InodeOnly, out var status) == 0;
        identity = (status.Inode, status.DeviceMajor, status.DeviceMinor);
        return done;
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int LinkNative(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string file, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int OpenNative([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int SyncNative(int descriptor);

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int StatNative(
        int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out FileStatus status);

    // struct statx, whose layout is the same on every processor: https://man7.org/linux/man-pages/man2/statx.2.html
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }
}

/// <summary>A write's outcome is unknown. Never leaves the store: it becomes an outcome or a <see cref="LogStoreException"/>.</summary>
internal sealed class UnknownOutcomeException(int error, string text)
    : IOException($"{text}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error}).", error);
