using System.Collections.Concurrent;

namespace OrleansShards.Grains.Storage;

/// <summary>This part writes, publishes and reads checkpoints.</summary>
internal sealed partial class GrainStateLog
{
    private readonly ConcurrentDictionary<CheckpointId, bool> _begun = new();

    /// <summary>The head names a checkpoint before its first chunk is written: a provider cannot tell which chunks it has.</summary>
    internal async Task PutChunkAsync(CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk)
    {
        if (!_begun.ContainsKey(checkpoint))
        {
            await ChangeHeadAsync(found => found.Checkpoints.Contains(checkpoint)
                ? found
                : found with { Checkpoints = [.. found.Checkpoints, checkpoint] });
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
            // It is published. What is left is deleted with the next publication.
        }

        return isOurs;
    }

    internal async Task<ReadOnlyMemory<byte>?> ReadManifestAsync() => ToMemory((await ReadHeadAsync()).Manifest);

    internal async Task<ReadOnlyMemory<byte>?> ReadChunkAsync(CheckpointId checkpoint, int number) =>
        ToMemory((await states.ReadAsync(keys.Chunk(name, checkpoint, number))).Bytes);

    internal async Task<bool> HasRecordOrCheckpointAsync() =>
        (await ReadHeadAsync()).Manifest is not null || (await ReadAsync(default, 0)).Records.Count > 0;

    /// <summary>Deletes what newer ones have replaced; the head forgets it last, so that a crash leaves nothing behind.</summary>
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

    /// <summary>Chunks are numbered from 0 without gaps. The highest goes first, so that what a crash leaves is found again.</summary>
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
}
