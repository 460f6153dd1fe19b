using System.Globalization;
using OrleansShards.Grains.Clustering;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// Where the gateways of one cluster keep its state: in the directory that the user names, or, without one, in a directory
/// that belongs to the cluster's name and to the process that started the gateways. That process's next gateways find it
/// there; when the process has ended, whoever starts a cluster next removes it.
/// </summary>
internal sealed class ClusterPlace : IDisposable
{
    private const UnixFileMode OnlyTheUser =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream? _use;

    private ClusterPlace(string directory, bool isDurable, FileStream? use)
    {
        State = new SharedDirectory(directory);
        IsDurable = isDurable;
        _use = use;
    }

    /// <summary>The state.</summary>
    internal SharedDirectory State { get; }

    /// <summary>Whether it is to outlive the machine's next crash: the user has named the directory.</summary>
    internal bool IsDurable { get; }

    /// <summary>Opens a cluster's place, and removes places whose owners have ended.</summary>
    /// <exception cref="IOException">It cannot be made, or others could reach it; the text says which and why.</exception>
    /// <param name="name">The cluster's name: letters, digits, dots, dashes and underscores.</param>
    /// <param name="dataDirectory">Where the user wants the state; null for a directory that goes with its owner.</param>
    /// <param name="userDirectory">Where such directories are; null for where they are unless a test says otherwise.</param>
    internal static ClusterPlace Open(string name, string? dataDirectory, string? userDirectory = null)
    {
        if (dataDirectory is not null)
            return new ClusterPlace(dataDirectory, isDurable: true, use: null);

        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException(
                "--cluster without --data needs Linux, where the process that started this one can be told apart from its successors; "
                + "expected --data DIR");
        }

        string root = Path.Combine(userDirectory ?? UserDirectory(), "clusters");
        CreateForTheUser(root);
        ProcessIdentity owner = ProcessIdentity.OfParent();
        RemoveAbandoned(root, owner);
        string directory = Path.Combine(root, $"{name}@{owner}");
        CreateForTheUser(directory);
        return new ClusterPlace(Path.Combine(directory, "state"), isDurable: false, Use(directory, FileShare.Read));
    }

    /// <inheritdoc/>
    public void Dispose() => _use?.Dispose();

    /// <summary>
    /// A directory that only this user can enter. The runtime directory is that already; root has /run, where nobody else
    /// can put anything; others have one in the temporary directory, where anybody may have prepared something under its
    /// name: so it must be a real directory that is closed to all but its owner. Then who can write in it is its owner.
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

    /// <summary>Says that the directory is in use, for as long as the stream is open.</summary>
    private static FileStream Use(string directory, FileShare share)
    {
        string path = Path.Combine(directory, "in-use");
        if (!File.Exists(path))
        {
            // Created by whoever comes first; the others find it.
            using FileStream created = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
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
            // A gateway may outlive who started it; then the one who comes after it removes this.
            using FileStream alone = Use(directory, FileShare.None);
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // In use, or another one is removing it.
        }
    }
}

/// <summary>Which process it is: its id is given to another one some day, its id and the moment of its start are not.</summary>
/// <param name="Id">Its id.</param>
/// <param name="StartedAt">When it started, in the kernel's ticks.</param>
/// <param name="Boot">Since which start of the machine those are counted.</param>
internal readonly record struct ProcessIdentity(int Id, ulong StartedAt, string Boot)
{
    /// <summary>The process that has started this one.</summary>
    internal static ProcessIdentity OfParent()
    {
        // "pid (name) state ppid …": the name may hold anything, so from its closing parenthesis on.
        return Of(int.Parse(Fields("self")[1], CultureInfo.InvariantCulture));
    }

    /// <summary>A process that runs.</summary>
    internal static ProcessIdentity Of(int id) => new(id, StartOf(id), ThisBoot());

    /// <summary>What <see cref="ToString"/> has written.</summary>
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

    /// <summary>Whether it still runs.</summary>
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

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id}-{StartedAt}-{Boot}");

    private static ulong StartOf(int process) =>
        ulong.Parse(Fields(process.ToString(CultureInfo.InvariantCulture))[19], CultureInfo.InvariantCulture);

    /// <summary>The fields of <c>/proc/PID/stat</c> from the third on: see proc(5).</summary>
    private static string[] Fields(string process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static string ThisBoot() => File.ReadAllText("/proc/sys/kernel/random/boot_id")[..8];
}
