namespace OrleansShards.Storage.Sqlite;

/// <summary>How a <see cref="SqliteLogStore"/> is opened. Checked as a whole: every error is reported at once.</summary>
public sealed record SqliteLogStoreOptions
{
    /// <summary>
    /// The directory that holds the file; created if it is missing. It must be on a local disk: network file systems
    /// guarantee neither SQLite's locks nor the flush.
    /// </summary>
    public required string Directory { get; init; }

    /// <summary>The database's name in the directory, without a path. Default <c>logs.db</c>.</summary>
    public string FileName { get; init; } = "logs.db";

    /// <summary>How long opening waits for another process's lock. 0 to 60,000 ms; default 0: a process that takes over retries.</summary>
    public int LockWaitMs { get; init; }

    /// <summary>
    /// How long a commit waits for another program's lock (an operator's shell, say). 0 to 60,000 ms; default 2,000: well below
    /// the 7 s after which a primary that cannot append stops serving.
    /// </summary>
    public int BusyTimeoutMs { get; init; } = 2000;

    /// <summary>Page cache of each connection. 1 to 4,096 MiB; default 16.</summary>
    public int CacheMiB { get; init; } = 16;

    /// <summary>When a commit is answered. Default <see cref="SqliteSynchronous.Full"/>.</summary>
    public SqliteSynchronous Synchronous { get; init; } = SqliteSynchronous.Full;

    /// <summary>For benchmarks: every commit takes this much longer, as on a slower disk. 0 to 1,000 ms; default 0.</summary>
    public int CommitDelayMs { get; init; }

    /// <summary>
    /// How many calls may wait. Beyond it a call is refused, a put as not stored. 1 to 1,000,000; default 65,536: a log has
    /// one put in flight, so this is reached only if the disk hangs.
    /// </summary>
    public int QueuedCallsMax { get; init; } = 65_536;

    /// <summary>How many bytes of records and chunks may wait, with the same refusal. 1 to 16,384 MiB; default 256.</summary>
    public int QueuedMiBMax { get; init; } = 256;

    /// <summary>
    /// The file size up to which all its structure is checked (<c>quick_check</c>) when it is opened; of a larger file, that of all but the
    /// checkpoints' chunks. 0 to 1,048,576 MiB; default 64, which takes some 0.1 s. Records, manifests and chunks have checksums, which are
    /// checked when they are read; but where a page's head or a record's number is damaged, records are not found, and only this check
    /// notices. A chunk that is not found is noticed when it is read.
    /// </summary>
    public int QuickCheckMiBMax { get; init; } = 64;

    /// <summary>
    /// How long the WAL stays after another program's long read made it grow, in bytes: twice its usual size. A constant; tests use less.
    /// </summary>
    internal long WalBytesKept { get; init; } = 64 << 20;

    /// <summary>After how many frames the WAL is copied into the database. A constant; tests use less.</summary>
    internal int FramesToCheckpoint { get; init; } = 4000;

    internal SqliteFaults? Faults { get; init; }

    internal string DatabasePath => Path.Combine(Directory, FileName);

    /// <summary>Every error in these options, each a sentence; empty if there is none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (string.IsNullOrWhiteSpace(Directory))
            errors.Add($"{nameof(Directory)} is missing.");

        if (string.IsNullOrWhiteSpace(FileName) || FileName != Path.GetFileName(FileName) || FileName is "." or "..")
            errors.Add($"{nameof(FileName)} is '{FileName}': expected a file's name without a path.");

        if (!Enum.IsDefined(Synchronous))
            errors.Add($"{nameof(Synchronous)} is {(int)Synchronous}: expected Full, Normal or Off.");

        LogStoreArgument.CheckRange(errors, nameof(LockWaitMs), LockWaitMs, 0, 60_000);
        LogStoreArgument.CheckRange(errors, nameof(BusyTimeoutMs), BusyTimeoutMs, 0, 60_000);
        LogStoreArgument.CheckRange(errors, nameof(CacheMiB), CacheMiB, 1, 4_096);
        LogStoreArgument.CheckRange(errors, nameof(CommitDelayMs), CommitDelayMs, 0, 1_000);
        LogStoreArgument.CheckRange(errors, nameof(QueuedCallsMax), QueuedCallsMax, 1, 1_000_000);
        LogStoreArgument.CheckRange(errors, nameof(QueuedMiBMax), QueuedMiBMax, 1, 16_384);
        LogStoreArgument.CheckRange(errors, nameof(QuickCheckMiBMax), QuickCheckMiBMax, 0, 1_048_576);
        return errors;
    }
}

/// <summary>When a commit is answered, and so what a crash can undo.</summary>
public enum SqliteSynchronous
{
    /// <summary>After its bytes were flushed to the disk. Nothing that was acknowledged is lost.</summary>
    Full = 1,

    /// <summary>
    /// After its bytes were handed to the operating system. Survives the end of the process; a power cut or a crash of the
    /// operating system may undo the last acknowledged records, but never tears the file.
    /// </summary>
    Normal = 2,

    /// <summary>As <see cref="Normal"/>, without any flush: a power cut may destroy the whole file. For tests and benchmarks.</summary>
    Off = 3,
}
