namespace OrleansShards.Storage.Directory;

/// <summary>
/// Logs in a directory that any number of processes of one machine share: a folder for each log, a file for each record,
/// created atomically by <c>link(2)</c>.
/// </summary>
/// <remarks>
/// <para>There are no locks: a process that is stopped or killed during a put blocks no other, and when it continues, its put
/// is decided like any other by the files that exist then.</para>
/// <para>An acknowledged write survives the end of any process at any point and, with
/// <see cref="DirectoryLogStoreOptions.Synchronous"/>, of the machine; so does everything that is read. A full disk is a
/// transient failure. A failed flush of a directory stops this store, since only reopening it tells what the disk
/// holds.</para>
/// <para>The directory's file <c>log-store</c> names the format. Needs hard links and POSIX semantics: local file systems
/// of Linux and macOS have them, Windows has not. Processes of several machines may share one over NFS where all of them
/// see a directory's changes at once (<c>lookupcache=none</c>). Continuations run on the store's threads.</para>
/// <para>On two cores, records of 400 bytes: 2,500 puts/s in one log and 7,000 over 16, without flushes 23,000 and 37,000
/// (SQLite: 6,000 and 50,000 with flushes). ext4 does not reuse an inode within minutes of its deletion: after many drops
/// creating a file takes up to 0.6 ms longer, and the same is 850 and 2,200, without flushes 2,000 and 3,000.</para>
/// </remarks>
public sealed class DirectoryLogStore : ILogStore
{
    private readonly DirectoryEngine _engine;
    private readonly DirectoryFaults? _faults;

    private DirectoryLogStore(DirectoryEngine engine, DirectoryFaults? faults) => (_engine, _faults) = (engine, faults);

    /// <summary>Opens the directory, or creates a store in an empty or missing one.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the text has every error.</exception>
    /// <exception cref="LogStoreException">The directory cannot be used; the text says why and what an operator can do.</exception>
    public static async Task<DirectoryLogStore> OpenAsync(
        DirectoryLogStoreOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        LogStoreArgument.CheckOptions(options, options.Validate());
        return OperatingSystem.IsWindows()
            ? throw new LogStoreException(
                $"A log store in a directory ('{options.Directory}') needs a POSIX file system, which Windows has not. Use "
                + "SQLite or PostgreSQL there.")
            : new DirectoryLogStore(await DirectoryEngine.OpenAsync(options, cancellationToken), options.Faults);
    }

    /// <inheritdoc />
    public ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        return _engine.Put(log, index.Value, record, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRead(log, bytesMax);
        return _engine.Queue(
            _engine.Reader, log, found => new DirectoryReader(found, bytesMax, _faults).Read(from.Value), 0, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        return _engine.Queue(_engine.Prober, log, found => found.HasRecord(index.Value), 0, cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask DropAsync(
        LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckDrop(log, keep);
        await _engine.Queue(_engine.Keeper, log, found => found.Drop(upTo.Value, keep), 0, cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk,
        CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        await _engine.Queue(
            _engine.Keeper, log, found => found.Checkpoints.PutChunk(checkpoint, number, chunk.Span), chunk.Length,
            cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint);
        return _engine.Queue(
            _engine.Keeper, log, found => found.Checkpoints.Publish(checkpoint, manifest.Span), manifest.Length,
            cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckLog(log);
        return _engine.Queue(_engine.Reader, log, found => found.Checkpoints.ReadManifest(), 0, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        return _engine.Queue(
            _engine.Reader, log, found => found.Checkpoints.ReadChunk(checkpoint, number), 0, cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        _engine.List(cancellationToken);

    /// <summary>Finishes earlier calls. Repeatable.</summary>
    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
