namespace OrleansShards.Storage.Directory;

/// <summary>What tests make go wrong in a <see cref="DirectoryLogStore"/>; without it nothing here costs more than a null check.</summary>
internal sealed class DirectoryFaults : StoreFaults
{
    private int _nextSync;

    /// <summary>Called with a put's temporary file and its final path between writing the one and linking it.</summary>
    internal Action<string, string>? BeforeLink { get; set; }

    /// <summary>Called between a read's records, with the path of the next one.</summary>
    internal Action<string>? BeforeRecord { get; set; }

    /// <summary>Called between looking for the newest checkpoint and linking a new one.</summary>
    internal Action? BeforePublish { get; set; }

    /// <summary>The next flush of a directory is done, and reported as failed with this error.</summary>
    internal void FailNextSync(int error) => Volatile.Write(ref _nextSync, error);

    internal int TakeSyncFailure() => Interlocked.Exchange(ref _nextSync, 0);
}
