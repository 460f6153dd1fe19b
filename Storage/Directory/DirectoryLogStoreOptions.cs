namespace OrleansShards.Storage.Directory;

/// <summary>How a <see cref="DirectoryLogStore"/> is opened. Checked as a whole: every error is reported at once.</summary>
public sealed record DirectoryLogStoreOptions
{
    /// <summary>
    /// The directory that holds the logs and nothing else; created where it is missing. All its processes see it under
    /// any path, on a file system with hard links and POSIX semantics.
    /// </summary>
    public required string Directory { get; init; }

    /// <summary>
    /// Whether what is acknowledged is on the disk. Default true. With false it survives the end of any process, but
    /// not that of the machine, after which records may be found damaged. The same for all processes of a directory.
    /// </summary>
    public bool Synchronous { get; init; } = true;

    /// <summary>
    /// How many threads put records; the logs are spread over them. 1 to 256; default 8. A put takes two flushes, and
    /// the file system carries out together what several threads flush at one time.
    /// </summary>
    public int Writers { get; init; } = 8;

    /// <summary>
    /// How many calls may wait for one thread. Beyond it a call is refused, a put as not stored. 1 to 1,000,000;
    /// default 65,536: a log has one put under way, so that this is reached only where the disk stands still.
    /// </summary>
    public int QueuedCallsMax { get; init; } = 65_536;

    /// <summary>How many bytes may wait for one thread; as above. 1 to 16,384 MiB; default 256.</summary>
    public int QueuedMiBMax { get; init; } = 256;

    /// <summary>What the tests make go wrong.</summary>
    internal DirectoryFaults? Faults { get; init; }

    /// <summary>Every error in these options, each a sentence; empty where there is none.</summary>
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
