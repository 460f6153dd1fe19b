using System.Collections.Concurrent;
using Orleans.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>
/// Logs kept by a grain storage provider, one state per record. The provider must guarantee what <see cref="GrainStorageProbe"/> checks:
/// of several concurrent writers that create or change a state one wins, and reads show acknowledged writes.
/// </summary>
/// <remarks>
/// <para>A put is one write; a read of n records is n reads, up to 16 at once, one that finds the first absent, and one of the log's
/// head. Dropping a record is a read and a clearing. The provider's limits (the size of a state, say) apply to a record.</para>
/// <para>A provider cannot list its states. So records behind a gap are shown only if reading ahead crosses the gap: a log that lost a
/// record mostly looks as if it ended there. A replica that continues then collides with a later record, or finds that its checksum does
/// not follow, and stops. The names of the logs are kept in a separate list, which is written before a log's first record.</para>
/// <para>If a dropped number is put again, other processes' stores show it only in a read from that very number.</para>
/// <para>Disposing the store does not dispose the provider, which belongs to the silo.</para>
/// </remarks>
public sealed class GrainStateLogStore : ILogStore
{
    private const int ListedAtOnce = 8;

    private readonly ConcurrentDictionary<LogName, GrainStateLog> _logs = new();
    private readonly OpenCalls _calls = new();
    private readonly ProviderStates _states;
    private readonly StateKeys _keys;
    private readonly LogDirectory _directory;
    private readonly string _closedText;

    /// <summary>Creates a store over a provider that has been checked (<see cref="GrainStorageProbe"/>), by its registered name.</summary>
    public GrainStateLogStore(IGrainStorage storage, string providerName)
        : this(storage, providerName, "")
    {
    }

    /// <summary>One of several stores in one provider.</summary>
    internal GrainStateLogStore(IGrainStorage storage, string providerName, string prefix)
    {
        _states = new ProviderStates(storage, providerName);
        _keys = new StateKeys(prefix);
        _directory = new LogDirectory(_states, _keys);
        _closedText = $"The log store over {_states.Description} was closed.";
    }

    /// <inheritdoc />
    public async ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        if (cancellationToken.IsCancellationRequested)
            return (PutOutcome.NotStored, "The put was cancelled before it began.");

        if (!_calls.TryEnter())
            return (PutOutcome.NotStored, _closedText);

        try
        {
            return await OfLog(log).PutAsync(index, record);
        }
        finally
        {
            _calls.Leave();
        }
    }

    /// <inheritdoc />
    public async ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRead(log, bytesMax);
        return await RunAsync(() => OfLog(log).ReadAsync(from, bytesMax), cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckRecord(log, index);
        return await RunAsync(() => OfLog(log).ProbeAsync(index), cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask DropAsync(
        LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckDrop(log, keep);
        await RunAsync(() => OfLog(log).DropAsync(upTo, keep), cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        await RunAsync(() => OfLog(log).PutChunkAsync(checkpoint, number, chunk), cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint);
        return await RunAsync(() => OfLog(log).PublishAsync(checkpoint, manifest), cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckLog(log);
        return await RunAsync(() => OfLog(log).ReadManifestAsync(), cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default)
    {
        LogStoreArgument.CheckCheckpoint(log, checkpoint, number);
        return await RunAsync(() => OfLog(log).ReadChunkAsync(checkpoint, number), cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        await RunAsync(ListThoseInUseAsync, cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _calls.CloseAsync();
        foreach (GrainStateLog log in _logs.Values)
            log.Dispose();

        _directory.Dispose();
    }

    private async Task<IReadOnlyList<LogName>> ListThoseInUseAsync()
    {
        List<LogName> used = [];
        foreach (LogName[] some in (await _directory.ListAsync()).Chunk(ListedAtOnce))
        {
            bool[] isUsed = await Task.WhenAll(some.Select(log => OfLog(log).HasRecordOrCheckpointAsync()));
            used.AddRange(some.Where((_, i) => isUsed[i]));
        }

        return used;
    }

    private GrainStateLog OfLog(LogName log) =>
        _logs.GetOrAdd(log, static (name, store) => new GrainStateLog(name, store._states, store._keys, store._directory), this);

    private Task<bool> RunAsync(Func<Task> call, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            await call();
            return true;
        },
        cancellationToken);

    private async Task<T> RunAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_calls.TryEnter())
            throw new LogStoreException(_closedText);

        try
        {
            return await call();
        }
        finally
        {
            _calls.Leave();
        }
    }
}
