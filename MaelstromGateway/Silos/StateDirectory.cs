using System.Globalization;
using OrleansShards.Grains.Clustering;
using OrleansShards.Storage;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// The directory where the gateways of one cluster keep its state. The user names it. Otherwise it is named after the cluster and after
/// its owner, the process that started the gateways: later gateways of that process find it, and after the owner has ended, the next
/// gateway of any cluster removes it.
/// </summary>
internal sealed class StateDirectory : IDisposable
{
    private const UnixFileMode OnlyTheUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream? _use;

    private StateDirectory(string directory, bool isDurable, FileStream? use)
    {
        Shared = new SharedDirectory(directory);
        IsDurable = isDurable;
        _use = use;
    }

    internal SharedDirectory Shared { get; }

    /// <summary>Whether the state must survive a crash of the machine: the user has named the directory.</summary>
    internal bool IsDurable { get; }

    /// <summary>Opens a cluster's directory, and removes those whose owners have ended.</summary>
    /// <exception cref="IOException">It cannot be created, or is open to others; the text says which and why.</exception>
    /// <param name="name">The cluster's name: letters, digits, dots, dashes and underscores.</param>
    /// <param name="dataDirectory">The user's directory; null for one that is removed after its owner has ended.</param>
    /// <param name="userDirectory">The parent of such directories, for tests.</param>
    internal static StateDirectory Open(string name, string? dataDirectory, string? userDirectory = null)
    {
        if (dataDirectory is not null)
            return new StateDirectory(dataDirectory, isDurable: true, use: null);

        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException(
                "--cluster without --data needs Linux, where the parent process can be told from its successors; expected --data DIR");
        }

        string root = Path.Combine(userDirectory ?? UserDirectory(), "clusters");
        CreateForTheUser(root);
        ProcessIdentity owner = ProcessIdentity.OfParent();
        RemoveAbandoned(root, owner);
        string directory = Path.Combine(root, $"{name}@{owner}");
        CreateForTheUser(directory);
        return new StateDirectory(Path.Combine(directory, "state"), isDurable: false, Use(directory, FileShare.Read));
    }

    public void Dispose() => _use?.Dispose();

    /// <summary>
    /// A directory that only this user can enter: in the runtime directory, which is closed to others; for root in /run, where only root
    /// can write; else in the temporary directory, where another user may have created something of that name. Therefore it must be a real
    /// directory that is closed to all but its owner: if this process can write in it, this user is the owner.
    /// </summary>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static string UserDirectory()
    {
        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        string parent = Path.IsPathFullyQualified(runtime ?? "") && Directory.Exists(runtime) ? runtime!
            : Environment.IsPrivilegedProcess && Directory.Exists("/run") ? "/run"
            : Path.GetTempPath();
        string directory = Path.Combine(parent, $"orleansshards-{Environment.UserName}");
        CreateForTheUser(directory);
        return directory;
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void CreateForTheUser(string directory)
    {
        Directory.CreateDirectory(directory, OnlyTheUser);
        DirectoryInfo found = new(directory);
        if (found.LinkTarget is not null)
            throw new IOException($"{directory} is a symbolic link; expected a directory of this user alone. Remove it.");

        if ((found.UnixFileMode & ~OnlyTheUser) != 0)
        {
            throw new IOException($"{directory} is open to others ({found.UnixFileMode}); expected a directory of this user alone. "
                + "Remove it, or close it with chmod 700.");
        }
    }

    /// <summary>Marks the directory as in use while the stream is open.</summary>
    private static FileStream Use(string directory, FileShare share)
    {
        string path = Path.Combine(directory, "in-use");
        if (!File.Exists(path))
        {
            // Several gateways may create it at once.
            using FileStream created = PrivateFiles.Create(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        }

        return new FileStream(path, FileMode.Open, FileAccess.Read, share);
    }

    private static void RemoveAbandoned(string root, ProcessIdentity owner)
    {
        foreach (string directory in Directory.GetDirectories(root))
        {
            string name = Path.GetFileName(directory);
            if (ProcessIdentity.TryParse(name[(name.LastIndexOf('@') + 1)..], out ProcessIdentity other)
                && other != owner && !other.IsRunning())
            {
                TryRemove(directory);
            }
        }
    }

    private static void TryRemove(string directory)
    {
        try
        {
            // A gateway may outlive its parent: then the file is in use, and a later gateway removes the directory.
            using FileStream alone = Use(directory, FileShare.None);
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is in use, or another gateway is removing it.
        }
    }
}

/// <summary>
/// Identifies a process for ever: the system reuses a process ID, but not with the same start (in the kernel's ticks since boot) and boot.
/// </summary>
internal readonly record struct ProcessIdentity(int Id, ulong StartedAt, string Boot)
{
    internal static ProcessIdentity OfParent() => Of(int.Parse(Fields("self")[1], CultureInfo.InvariantCulture));

    internal static ProcessIdentity Of(int id) => new(id, StartOf(id), ThisBoot());

    /// <summary>Parses what <see cref="ToString"/> returns.</summary>
    internal static bool TryParse(string text, out ProcessIdentity identity)
    {
        int id = 0;
        ulong startedAt = 0;
        string[] parts = text.Split('-', 3);
        bool good = parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out id)
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out startedAt);
        identity = good ? new ProcessIdentity(id, startedAt, parts[2]) : default;
        return good;
    }

    internal bool IsRunning()
    {
        try
        {
            return Boot == ThisBoot() && StartOf(Id) == StartedAt;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id}-{StartedAt}-{Boot}");

    private static ulong StartOf(int process) =>
        ulong.Parse(Fields(process.ToString(CultureInfo.InvariantCulture))[19], CultureInfo.InvariantCulture);

    // proc(5): "pid (name) state ppid …". The name may contain anything, so the fields are counted after its closing parenthesis.
    private static string[] Fields(string process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static string ThisBoot() => File.ReadAllText("/proc/sys/kernel/random/boot_id")[..8];
}
