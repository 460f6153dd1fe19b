namespace OrleansShards.Grains.Storage;

/// <summary>One log as states of a provider: one for each record and chunk, and a head for the rest. This part puts and reads.</summary>
internal sealed partial class GrainStateLog(LogName name, ProviderStates states, StateKeys keys, LogDirectory directory) : IDisposable
{
    // Changes of the head from this process do not get in each other's way.
    private readonly SemaphoreSlim _oneChange = new(1, 1);
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
            // The record itself was not tried, so this is certain.
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

    private async Task<byte[]?> ReadRecordAsync(ulong index) => (await states.ReadAsync(keys.Record(name, index))).Bytes;

    private async Task<LogHead> ReadHeadAsync() => Remember((await states.ReadAsync(HeadKey)).Bytes);

    /// <summary>Changes the head, whatever others do to it meanwhile.</summary>
    /// <param name="change">From what is there to what is to be there, or the same to leave it.</param>
    /// <returns>What is there then.</returns>
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
