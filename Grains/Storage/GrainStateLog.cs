using System.Collections.Concurrent;

namespace OrleansShards.Grains.Storage;

/// <summary>One log as states of a provider: one state for each record and chunk, and a head for the rest.</summary>
internal sealed class GrainStateLog(LogName name, ProviderStates states, StateKeys keys, LogDirectory directory) : IDisposable
{
    // How many records are read together, and how many absent ones in a row are taken for the log's end.
    private const int LookMax = 16;

    // Serializes this process's changes of the head, which would otherwise conflict.
    private readonly SemaphoreSlim _oneChange = new(1, 1);
    private readonly ConcurrentDictionary<CheckpointId, bool> _begun = new();
    private ulong _droppedUpTo;

    private GrainId HeadKey => keys.Head(name);

    public void Dispose() => _oneChange.Dispose();

    /// <summary>Puts a record that is not there yet. Throws nothing.</summary>
    internal async Task<(PutOutcome Outcome, string? Reason)> PutAsync(LogIndex index, ReadOnlyMemory<byte> record)
    {
        try
        {
            await directory.EnterAsync(name);
            if (index.Value <= Volatile.Read(ref _droppedUpTo))
                await ShowAgainAsync(index.Value);
        }
        catch (LogStoreException failure)
        {
            // The record itself was not written, so this is certain.
            return (PutOutcome.NotStored, $"Record {index} of log {name} was not put: {failure.Message}");
        }

        return await states.CreateAsync(keys.Record(name, index.Value), record.ToArray());
    }

    internal async Task<bool> ProbeAsync(LogIndex index) => await ReadRecordAsync(index.Value) is not null;

    /// <summary>The head is read after the records: a record that was dropped in between then shows as dropped, not as the end.</summary>
    internal async Task<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(LogIndex from, int bytesMax)
    {
        RecordReading reading = new(ReadRecordAsync, Math.Max(from.Value, 1), bytesMax);
        while (true)
        {
            await reading.ForwardAsync();
            LogHead head = await ReadHeadAsync();
            if (reading.IsFull || reading.At > head.DroppedUpTo)
            {
                reading.TakeBeyondGap();
                return (reading.Records, head.Checkpoint.Index);
            }

            ulong absent = reading.At;
            await reading.OnlyAsync(head.Kept.Where(kept => kept > absent));
            if (!reading.IsFull)
                reading.SkipTo(head.DroppedUpTo + 1);
        }
    }

    /// <summary>
    /// 1. The head announces what will be dropped, so that readers continue behind it. 2. The records are cleared, the lowest
    /// first. 3. The head says that they are cleared. What a crash leaves is cleared with the next drop.
    /// </summary>
    internal async Task DropAsync(LogIndex upTo, IReadOnlyList<LogIndex> keep)
    {
        HashSet<ulong> kept = [.. keep.Select(static index => index.Value)];
        ulong bound = await BoundAsync(upTo.Value);
        LogHead before = await ReadHeadAsync();
        IEnumerable<ulong> shown = before.Kept.Where(index => index <= upTo.Value && !kept.Contains(index));
        LogHead head = await ChangeHeadAsync(found => Announce(found, upTo.Value, bound, kept));

        foreach (ulong index in shown)
            await states.ClearAsync(keys.Record(name, index));

        ulong last = Math.Min(upTo.Value, head.DroppedUpTo);
        for (ulong index = head.ClearedUpTo + 1; index <= last; index++)
        {
            if (!kept.Contains(index))
                await states.ClearAsync(keys.Record(name, index));
        }

        if (last > head.ClearedUpTo)
            await ChangeHeadAsync(found => last > found.ClearedUpTo ? found with { ClearedUpTo = last } : found);
    }

    private static LogHead Announce(LogHead found, ulong upTo, ulong bound, HashSet<ulong> keep)
    {
        ulong dropped = Math.Max(found.DroppedUpTo, bound);
        ulong[] kept =
        [
            .. found.Kept.Where(index => index > upTo || keep.Contains(index))
                .Union(keep.Where(index => index <= dropped && index > found.DroppedUpTo)).Order(),
        ];
        return dropped == found.DroppedUpTo && kept.SequenceEqual(found.Kept) ? found : found with { DroppedUpTo = dropped, Kept = kept };
    }

    /// <summary>The highest existing record that may be dropped: a head that says more would hide later puts.</summary>
    private async Task<ulong> BoundAsync(ulong upTo)
    {
        if (upTo <= LogStoreArgument.IndexMax && await ReadRecordAsync(upTo) is not null)
            return upTo;

        LogHead head = await ReadHeadAsync();
        ulong bound = head.DroppedUpTo;
        for (ulong from = bound + 1; from <= Math.Min(upTo, LogStoreArgument.IndexMax); from += LookMax)
        {
            ulong first = from;
            byte[]?[] window = await Task.WhenAll(Enumerable.Range(0, LookMax).Select(i => ReadRecordAsync(first + (ulong)i)));
            int highest = Array.FindLastIndex(window, static record => record is not null);
            if (highest < 0)
                break;

            bound = Math.Min(upTo, first + (ulong)highest);
        }

        return bound;
    }

    /// <summary>A dropped number is put again: the head tells readers to look there.</summary>
    private Task<LogHead> ShowAgainAsync(ulong index) => ChangeHeadAsync(found =>
        index > found.DroppedUpTo || found.Kept.Contains(index) ? found : found with { Kept = [.. found.Kept.Append(index).Order()] });

    /// <summary>The head names a checkpoint before its first chunk is written: a provider cannot tell which chunks it has.</summary>
    internal async Task PutChunkAsync(CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk)
    {
        if (!_begun.ContainsKey(checkpoint))
        {
            await ChangeHeadAsync(found =>
                found.Checkpoints.Contains(checkpoint) ? found : found with { Checkpoints = [.. found.Checkpoints, checkpoint] });
            _begun[checkpoint] = true;
        }

        byte[] bytes = chunk.ToArray();
        await states.ChangeAsync(keys.Chunk(name, checkpoint, number), _ => bytes);
    }

    internal async Task<bool> PublishAsync(CheckpointId checkpoint, ReadOnlyMemory<byte> manifest)
    {
        await directory.EnterAsync(name);
        ulong publication = (ulong)Random.Shared.NextInt64();
        byte[] bytes = manifest.ToArray();
        LogHead head = await ChangeHeadAsync(found => checkpoint.Index > found.Checkpoint.Index
            ? found with { Checkpoint = checkpoint, Publication = publication, Manifest = bytes }
            : found);
        bool isOurs = head.Publication == publication;
        try
        {
            await (isOurs ? DeleteOlderAsync(head, checkpoint) : Task.CompletedTask);
        }
        catch (LogStoreException)
        {
            // The checkpoint is published; what is left is deleted with the next publication.
        }

        return isOurs;
    }

    internal async Task<ReadOnlyMemory<byte>?> ReadManifestAsync() => ToMemory((await ReadHeadAsync()).Manifest);

    internal async Task<ReadOnlyMemory<byte>?> ReadChunkAsync(CheckpointId checkpoint, int number) =>
        ToMemory((await states.ReadAsync(keys.Chunk(name, checkpoint, number))).Bytes);

    internal async Task<bool> HasRecordOrCheckpointAsync() =>
        (await ReadHeadAsync()).Manifest is not null || (await ReadAsync(default, 0)).Records.Count > 0;

    /// <summary>Deletes replaced checkpoints; the head forgets them last, so that a crash leaves nothing behind.</summary>
    private async Task DeleteOlderAsync(LogHead head, CheckpointId newest)
    {
        CheckpointId[] older = [.. head.Checkpoints.Where(checkpoint => checkpoint.Index < newest.Index)];
        if (older.Length == 0)
            return;

        foreach (CheckpointId checkpoint in older)
        {
            await DeleteChunksAsync(checkpoint);
            _begun.TryRemove(checkpoint, out _);
        }

        await ChangeHeadAsync(found => found with { Checkpoints = [.. found.Checkpoints.Except(older)] });
    }

    /// <summary>Chunks are numbered from 0 without gaps. The highest is deleted first, so that a later run finds the rest.</summary>
    private async Task DeleteChunksAsync(CheckpointId checkpoint)
    {
        int count = 0;
        while ((await states.ReadAsync(keys.Chunk(name, checkpoint, count))).Bytes is not null)
            count++;

        while (--count >= 0)
            await states.ClearAsync(keys.Chunk(name, checkpoint, count));
    }

    // Not "? null": null converts to an empty memory.
    private static ReadOnlyMemory<byte>? ToMemory(byte[]? bytes) => bytes is null ? new ReadOnlyMemory<byte>?() : bytes;

    private async Task<byte[]?> ReadRecordAsync(ulong index) => (await states.ReadAsync(keys.Record(name, index))).Bytes;
    private async Task<LogHead> ReadHeadAsync() => Remember((await states.ReadAsync(HeadKey)).Bytes);

    /// <summary>Changes the head, with retries if other processes change it meanwhile. The same object leaves it.</summary>
    private async Task<LogHead> ChangeHeadAsync(Func<LogHead, LogHead> change)
    {
        await _oneChange.WaitAsync();
        try
        {
            return Remember(await states.ChangeAsync(HeadKey, bytes =>
            {
                LogHead before = Decode(bytes);
                LogHead after = change(before);
                return ReferenceEquals(before, after) ? null : after.Encode();
            }));
        }
        finally
        {
            _oneChange.Release();
        }
    }

    private LogHead Remember(byte[]? bytes)
    {
        LogHead head = Decode(bytes);
        ulong known = Volatile.Read(ref _droppedUpTo);
        while (head.DroppedUpTo > known)
            known = Interlocked.CompareExchange(ref _droppedUpTo, head.DroppedUpTo, known);

        return head;
    }

    private LogHead Decode(byte[]? bytes) => LogHead.Decode(bytes, $"The head of log {name} in {states.Description}");
}
