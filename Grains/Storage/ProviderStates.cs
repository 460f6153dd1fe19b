using Orleans.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>The states that a grain storage provider keeps, and what is certain about each change.</summary>
/// <param name="storage">The provider.</param>
/// <param name="name">The name it is registered under.</param>
internal sealed class ProviderStates(IGrainStorage storage, string name)
{
    // Each try that fails means that somebody else's succeeded, or that the provider is broken.
    private const int ChangesMax = 64;

    /// <summary>For texts.</summary>
    internal string Description { get; } = $"grain storage provider '{name}' ({storage.GetType().FullName})";

    /// <exception cref="LogStoreException">It could not be read.</exception>
    internal async Task<StoredState> ReadAsync(GrainId key)
    {
        GrainState<StoredBytes> state = new();
        try
        {
            await storage.ReadStateAsync(StateKeys.StateName, key, state);
        }
        catch (Exception failure)
        {
            throw new LogStoreException($"{Description} could not read {key.Key}: {failure.Message}", failure);
        }

        return new StoredState(state.RecordExists ? state.State?.Bytes : null, state.ETag);
    }

    /// <summary>Writes, and throws whatever the provider throws.</summary>
    internal Task WriteAsync(GrainId key, byte[] bytes, string? etag) => storage.WriteStateAsync(
        StateKeys.StateName,
        key,
        new GrainState<StoredBytes>(new StoredBytes { Bytes = bytes }, etag) { RecordExists = etag is not null });

    /// <summary>Writes what is not there yet. Throws nothing.</summary>
    internal async Task<(PutOutcome Outcome, string? Reason)> CreateAsync(GrainId key, byte[] bytes)
    {
        string? mark = null;
        while (true)
        {
            try
            {
                await WriteAsync(key, bytes, mark);
                return (PutOutcome.Stored, null);
            }
            catch (Exception failure)
            {
                (PutOutcome outcome, string reason, string? found) = await SettleAsync(key, failure);
                if (outcome == PutOutcome.Unknown && failure is InconsistentStateException && found is not null && found != mark)
                {
                    // Nothing is there but the mark of what was cleared: it is free, for whoever names the mark.
                    mark = found;
                    continue;
                }

                return (outcome, reason);
            }
        }
    }

    /// <summary>Changes a state whatever others do to it meanwhile: reads it, and writes what comes of it if nobody has written.</summary>
    /// <param name="key">The state's.</param>
    /// <param name="change">
    /// From what is there, to what is to be there; null to leave it. Called again where it is not known to have
    /// succeeded: it finds its own work then, or what others made of it.
    /// </param>
    /// <returns>What is there then.</returns>
    /// <exception cref="LogStoreException">It failed, and may or may not have been changed.</exception>
    internal async Task<byte[]?> ChangeAsync(GrainId key, Func<byte[]?, byte[]?> change)
    {
        for (int tries = 1; tries <= ChangesMax; tries++)
        {
            StoredState before = await ReadAsync(key);
            if (change(before.Bytes) is not { } next)
                return before.Bytes;

            if (await TryReplaceAsync(key, before, next))
                return next;
        }

        throw new LogStoreException(
            $"{Description}: others changed {key.Key} {ChangesMax} times while it was to be changed; expected to succeed sooner");
    }

    /// <summary>Clears a state. One that is not there (any more) is fine.</summary>
    /// <exception cref="LogStoreException">It failed, and may or may not be there.</exception>
    internal async Task ClearAsync(GrainId key)
    {
        StoredState seen = await ReadAsync(key);
        if (seen.Bytes is null)
            return;

        try
        {
            GrainState<StoredBytes> state = new(new StoredBytes { Bytes = seen.Bytes }, seen.ETag) { RecordExists = true };
            await storage.ClearStateAsync(StateKeys.StateName, key, state);
        }
        catch (Exception failure)
        {
            if ((await ReadAsync(key)).Bytes is not null)
                throw new LogStoreException($"{Description} could not clear {key.Key}: {failure.Message}", failure);
        }
    }

    private async Task<bool> TryReplaceAsync(GrainId key, StoredState before, byte[] next)
    {
        try
        {
            await WriteAsync(key, next, before.ETag);
            return true;
        }
        catch (Exception failure)
        {
            StoredState after = await ReadAsync(key);

            // It has changed since: then ours, which names the older ETag, took effect or never will. The next try shows it.
            return failure is InconsistentStateException || after.ETag != before.ETag
                ? false
                : throw new LogStoreException($"{Description} could not write {key.Key}: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// What a failed creation came to. Providers tell a loser in different ways (<see cref="InconsistentStateException"/>,
    /// a database's unique violation), and a repetition inside of one may tell a winner the same: only what is there is
    /// certain.
    /// </summary>
    private async Task<(PutOutcome Outcome, string Reason, string? ETag)> SettleAsync(GrainId key, Exception failure)
    {
        try
        {
            StoredState found = await ReadAsync(key);
            return found.Bytes is null
                ? (PutOutcome.Unknown, $"{Description} could not write {key.Key}: {failure.Message}", found.ETag)
                : (PutOutcome.Occupied, $"{key.Key} is there already", found.ETag);
        }
        catch (LogStoreException unreadable)
        {
            return (PutOutcome.Unknown, $"{failure.Message}; then {unreadable.Message}", null);
        }
    }
}

/// <summary>
/// The state that everything is kept as with a grain storage provider: bytes of our own format, so that it does not
/// matter how the provider serializes. Its name is in what some providers keep: never rename it.
/// </summary>
[GenerateSerializer]
[Alias("OrleansShards.StoredBytes")]
internal sealed class StoredBytes
{
    /// <summary>Null in a state that was never written, or was cleared.</summary>
    [Id(0)]
    public byte[]? Bytes { get; set; }
}

/// <summary>What a provider has under a key.</summary>
/// <param name="Bytes">Null where there is nothing.</param>
/// <param name="ETag">
/// What a change must name. A provider that keeps a mark where something was cleared has one there, too.
/// </param>
internal readonly record struct StoredState(byte[]? Bytes, string? ETag);
