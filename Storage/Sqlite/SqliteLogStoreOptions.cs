namespace OrleansShards.Storage.Sqlite;

/// <summary>How a <see cref="SqliteLogStore"/> is opened. Checked as a whole: every error is reported at once.</summary>
public sealed record SqliteLogStoreOptions
{
    /// <summary>
    /// The directory that holds the file; created where it is missing. On a local disk: network file systems keep
    /// neither SQLite's locks nor the flush.
    /// </summary>
    public required string Directory { get; init; }

    /// <summary>The database's name in the directory, without a path. Default <c>logs.db</c>.</summary>
    public string FileName { get; init; } = "logs.db";

    /// <summary>
    /// How long opening waits for another process to let go of the directory. 0 to 60,000 ms; default 0: whoever takes
    /// over has its own retries.
    /// </summary>
    public int LockWaitMs { get; init; }

    /// <summary>
    /// How long a commit waits where another program (an operator's shell, say) holds the database. 0 to 60,000 ms;
    /// default 2,000: well below the 7 s after which a primary that cannot append stops serving.
    /// </summary>
    public int BusyTimeoutMs { get; init; } = 2000;

    /// <summary>Page cache of the writing and of the reading side, each. 1 to 4,096 MiB; default 16.</summary>
    public int CacheMiB { get; init; } = 16;

    /// <summary>When a commit is answered. Default <see cref="SqliteSynchronous.Full"/>.</summary>
    public SqliteSynchronous Synchronous { get; init; } = SqliteSynchronous.Full;

    /// <summary>
    /// For benchmarks: every commit takes this much longer, as on a slower disk. 0 to 1,000 ms, default 0. A
    /// developer's disk flushes in 0.1 ms, others in 0.5 to 5.
    /// </summary>
    public int CommitDelayMs { get; init; }

    /// <summary>
    /// How many calls may wait. Beyond it a call is refused, a put as not stored. 1 to 1,000,000; default 65,536: a log
    /// has one put under way, so that this is reached only where the disk stands still.
    /// </summary>
    public int QueuedCallsMax { get; init; } = 65_536;

    /// <summary>How many bytes of records and chunks may wait; as above. 1 to 16,384 MiB; default 256.</summary>
    public int QueuedMiBMax { get; init; } = 256;

    /// <summary>
    /// Up to which size of the file its structure is checked as a whole (<c>quick_check</c>) when it is opened, after
    /// an end that was not orderly. 0 to 1,048,576 MiB; default 64, which takes some 0.1 s. What is in the records is
    /// checked by their own checksums when they are read.
    /// </summary>
    public int QuickCheckMiBMax { get; init; } = 64;

    /// <summary>What the tests make go wrong.</summary>
    internal SqliteFaults? Faults { get; init; }

    internal string DatabasePath => Path.Combine(Directory, FileName);

    /// <summary>Every error in these options, each a sentence; empty where there is none.</summary>
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

/// <summary>When a commit is answered, and so what a crash can take back.</summary>
public enum SqliteSynchronous
{
    /// <summary>After its bytes were flushed to the disk. Nothing that was acknowledged is lost.</summary>
    Full = 1,

    /// <summary>
    /// After its bytes were handed to the operating system. Survives the end of the process; a power cut or a crash of
    /// the operating system may take back the last acknowledged records, but never tears the file.
    /// </summary>
    Normal = 2,

    /// <summary>
    /// As <see cref="Normal"/>, and nothing is flushed at all: a power cut or a crash of the operating system may
    /// destroy the whole file. For tests and benchmarks.
    /// </summary>
    Off = 3,
}
