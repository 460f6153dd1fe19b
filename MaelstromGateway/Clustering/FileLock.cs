using System.Diagnostics;

namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>
/// A lock on a file that the kernel takes back when its holder ends, however it ends. (.NET's sharing modes are
/// <c>flock</c> on Unix: none is exclusive, read with read access is shared.)
/// </summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>The lock for this process alone; null while anybody else has it, shared or not.</summary>
    internal static FileLock? TryExclusive(string path) => Try(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>The lock together with others; null while somebody has it alone.</summary>
    internal static FileLock? TryShared(string path)
    {
        using (new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
        {
        }

        return Try(path, FileAccess.Read, FileShare.Read);
    }

    /// <summary>The lock for this process alone, when whoever has it lets go.</summary>
    /// <exception cref="TimeoutException">Nobody let go in time.</exception>
    internal static FileLock WaitExclusive(string path, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryExclusive(path) is { } held)
            {
                return held;
            }

            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"another process has held {path} for {limit.TotalSeconds:0} s");
            }

            Thread.Sleep(Pause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileLock? Try(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, access, share));
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }
}
