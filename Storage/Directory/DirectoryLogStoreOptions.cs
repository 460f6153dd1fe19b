namespace OrleansShards.Storage.Directory;

/// <summary>How a <see cref="DirectoryLogStore"/> is opened. Checked as a whole: every error is reported at once.</summary>
public sealed record DirectoryLogStoreOptions
{
    /// <summary>
    /// The directory that holds the logs and nothing else; created if it is missing. Its processes may see it under different
    /// paths. The file system must have hard links and POSIX semantics.
    /// </summary>
    public required string Directory { get; init; }

    /// <summary>
    /// Whether acknowledged writes are on the disk. Default true. With false they survive the end of any process, but not of
    /// the machine, after which records may be damaged. Must be the same for all processes of a directory.
    /// </summary>
    public bool Synchronous { get; init; } = true;

    /// <summary>
    /// How many threads put records; the logs are spread over them. 1 to 256; default 8. A put needs two flushes, and the file
    /// system combines the concurrent flushes of several threads.
    /// </summary>
    public int Writers { get; init; } = 8;

    /// <summary>
    /// How many calls may wait for one thread. Beyond it a call is refused, a put as not stored. 1 to 1,000,000; default
    /// 65,536: a log has one put in flight, so this is reached only if the disk hangs.
    /// </summary>
    public int QueuedCallsMax { get; init; } = 65_536;

    /// <summary>How many bytes may wait for one thread, with the same refusal. 1 to 16,384 MiB; default 256.</summary>
    public int QueuedMiBMax { get; init; } = 256;

    internal DirectoryFaults? Faults { get; init; }

    /// <summary>Every error in these options, each a sentence; empty if there is none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];
        if (string.IsNullOrWhiteSpace(Directory))
            errors.Add($"{nameof(Directory)} is missing.");

        LogStoreArgument.CheckRange(errors, nameof(Writers), Writers, 1, 256);
        LogStoreArgument.CheckRange(errors, nameof(QueuedCallsMax), QueuedCallsMax, 1, 1_000_000);
        LogStoreArgument.CheckRange(errors, nameof(QueuedMiBMax), QueuedMiBMax, 1, 16_384);
        return errors;
    }
}
