using Orleans.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>The states of a grain storage provider, and the certain outcome of each change.</summary>
internal sealed class ProviderStates(IGrainStorage storage, string name)
{
    // Each failed attempt means that another writer's succeeded, or that the provider is broken.
    private const int ChangesMax = 64;

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

    /// <summary>Writes a state; throws the provider's exceptions.</summary>
    internal Task WriteAsync(GrainId key, byte[] bytes, string? etag) => storage.WriteStateAsync(
        StateKeys.StateName, key, new GrainState<StoredBytes>(new() { Bytes = bytes }, etag) { RecordExists = etag is not null });

    /// <summary>Writes a state that does not exist yet. Throws nothing.</summary>
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
                (PutOutcome outcome, string reason, string? found) = await ResolveAsync(key, failure);
                if (outcome == PutOutcome.Unknown && failure is InconsistentStateException && found is not null && found != mark)
                {
                    // There is only the mark of a cleared state: a writer that names the mark may write there.
                    mark = found;
                    continue;
                }

                return (outcome, reason);
            }
        }
    }

    /// <summary>
    /// Reads a state, changes it, and writes it if no other writer has changed it; otherwise tries again. Returns the content
    /// afterwards. <paramref name="change"/> returns null to leave it; called again after a write that is not known to have
    /// succeeded, it gets its own content, or what others made of it.
    /// </summary>
    /// <exception cref="LogStoreException">The change failed, and may or may not have been made.</exception>
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

    /// <summary>Clears a state, if it exists.</summary>
    /// <exception cref="LogStoreException">It failed, and the state may or may not exist.</exception>
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

            // If the ETag has changed, our write, which names the older one, took effect or never will. The next attempt shows it.
            return failure is InconsistentStateException || after.ETag != before.ETag
                ? false
                : throw new LogStoreException($"{Description} could not write {key.Key}: {failure.Message}", failure);
        }
    }

    // The outcome of a failed creation. Providers report a lost race in different ways (InconsistentStateException, a database's unique
    // violation), and a provider that retries internally may report the same to a winner: only the stored state is certain.
    private async Task<(PutOutcome Outcome, string Reason, string? ETag)> ResolveAsync(GrainId key, Exception failure)
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

/// <summary>The only state class that a provider gets: bytes of our own format. Some providers store its name: never rename it.</summary>
[GenerateSerializer]
[Alias("OrleansShards.StoredBytes")]
internal sealed class StoredBytes
{
    /// <summary>Null in a state that was never written or was cleared.</summary>
    [Id(0)]
    public byte[]? Bytes { get; set; }
}

/// <summary>A key's content, null if there is none, and the ETag that a change must name. A cleared state may have one, too.</summary>
internal readonly record struct StoredState(byte[]? Bytes, string? ETag);
