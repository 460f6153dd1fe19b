using System.Text.Json;
using OrleansShards.Backups;
using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Storage;
using OrleansShards.Silo.Api;
using OrleansShards.Silo.Cli;
using OrleansShards.Storage;

namespace OrleansShards.Silo.Backups;

/// <summary>
/// Writes a backup: has each shard take a checkpoint, and copies it from the store, chunk by chunk. The copies serve meanwhile. What is
/// copied is verified before it leaves.
/// </summary>
internal sealed class ClusterBackup(
    ClusterReader cluster, ShardCalls calls, BackupRuns runs, ILogStoreSource stores, SiloSettings settings, TimeProvider clock)
{
    // A checkpoint is replaced while it is read when the shard has written as much again since; the next one is read from its beginning.
    private const int TriesMax = 10;
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    // A large shard's checkpoint takes as long as the store takes to write it.
    private static readonly TimeSpan CheckpointLimit = TimeSpan.FromMinutes(10);

    // One that the store refuses is tried again each time that the copy is asked.
    private static readonly TimeSpan FailingLimit = TimeSpan.FromSeconds(30);

    // A copy that lost its log to another activation takes no checkpoint any more: the other one is asked.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(2);

    /// <summary>Writes the whole file.</summary>
    /// <exception cref="StepFailedException">A shard cannot be backed up; the file says so, too, and ends.</exception>
    internal async Task WriteAsync(Stream file, string id, ClusterStatusReply status, CancellationToken stop)
    {
        using BackupWriter writer = new(file);
        ClusterDefinition definition = await cluster.DefinitionAsync(stop);
        DateTimeOffset now = clock.GetUtcNow();
        await writer.WriteAsync(new BackupPart.Header(id, settings.ClusterId, now, definition.ShardCount), stop);
        await writer.WriteAsync(new BackupPart.Masters(MastersOf(definition, status, now)), stop);
        try
        {
            ILogStore store = await stores.OpenAsync();
            for (int shard = 0; shard < definition.ShardCount; shard++)
            {
                runs.Reach(shard, definition.ShardCount);
                await WriteAsync(writer, store, shard, stop);
            }
        }
        catch (StepFailedException failure)
        {
            await writer.WriteAsync(new BackupPart.Failed(failure.Message), stop);
            throw;
        }

        await writer.EndAsync(stop);
    }

    private byte[] MastersOf(ClusterDefinition definition, ClusterStatusReply status, DateTimeOffset now) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new MastersView(
                [.. definition.Masters.Select(static master => master.Value)],
                status.Masters.First(static master => master.IsPrimary).Name.Value,
                status.Masters.Max(static master => master.Term.Value),
                MoveViews.Map(status.Config with { Groups = status.Members }),
                [.. status.Config.Groups.Select(static group => group.Value)],
                status.Pins?.ToDictionary(static pin => pin.Key, static pin => pin.Value.Value),
                MoveViews.Moves(status, settings.Moves.UndoWindow, now),
                MoveViews.History(status, settings.Moves.UndoWindow, now, int.MaxValue)),
            ApiJson.Readable.MastersView);

    private async Task WriteAsync(BackupWriter writer, ILogStore store, int shard, CancellationToken stop)
    {
        string obstacle = "";
        for (int tries = 0; tries < TriesMax; tries++)
        {
            try
            {
                (GroupId owner, Epoch epoch, ReadOnlyMemory<byte> manifest) = await CheckpointAsync(store, shard, stop);
                LogName log = LogName.Shard(owner, new ShardId(shard));
                if (await TryCopyAsync(writer, store, log, new(new ShardId(shard), owner, epoch, manifest), stop))
                    return;

                obstacle = "its checkpoint was replaced while it was read";
            }
            catch (CorruptDataException failure)
            {
                obstacle = failure.Message;
            }
        }

        throw new StepFailedException(
            ErrorCode.TemporarilyUnavailable,
            $"shard {shard} could not be read in {TriesMax} tries, the last time because {obstacle}; try again when less is written");
    }

    // The first answer of an owner says what the checkpoint must have; asked again, the copy says why it has not come.
    private async Task<(GroupId Owner, Epoch Epoch, ReadOnlyMemory<byte> Manifest)> CheckpointAsync(
        ILogStore store, int shard, CancellationToken stop)
    {
        (GroupId Owner, LogIndex Index)? wanted = null;
        long? failsSince = null;
        for (long startedAt = clock.GetTimestamp(); clock.GetElapsedTime(startedAt) < CheckpointLimit;)
        {
            CheckpointShard request = new() { AtLeast = wanted?.Index ?? LogIndex.None };
            (ShardCheckpointed taken, GroupId owner) = await calls.AskAsync<ShardCheckpointed>(shard, request, stop);
            if (wanted is not null)
                runs.WaitFor($"group {owner} to take a checkpoint of shard {shard}{(taken.Obstacle is { } why ? $": {why}" : "")}");

            failsSince = taken.Obstacle is null ? null : failsSince ?? clock.GetTimestamp();
            if (failsSince is { } since && clock.GetElapsedTime(since) >= FailingLimit)
            {
                throw new StepFailedException(
                    ErrorCode.TemporarilyUnavailable,
                    $"shard {shard} has written no checkpoint for {FailingLimit.TotalSeconds:0} s of tries: {taken.Obstacle}");
            }

            wanted = wanted is { } known && known.Owner == owner ? known : (owner, taken.Index);
            LogName log = LogName.Shard(owner, new ShardId(shard));
            for (long askedAt = clock.GetTimestamp(); clock.GetElapsedTime(askedAt) < AskAgainAfter;)
            {
                ReadOnlyMemory<byte>? newest = await ReadAsync(() => store.ReadManifestAsync(log, stop), shard);
                if (newest is { } manifest && CheckpointManifest.Decode(manifest.Span).Id.Index >= wanted.Value.Index)
                    return (owner, taken.Epoch, manifest);

                await Task.Delay(LookInterval, clock, stop);
            }
        }

        throw new StepFailedException(
            ErrorCode.TemporarilyUnavailable,
            $"shard {shard} has written no checkpoint within {CheckpointLimit.TotalMinutes:0} minutes; look for errors of the store");
    }

    private async Task<bool> TryCopyAsync(
        BackupWriter writer, ILogStore store, LogName log, BackupPart.ShardBegin begin, CancellationToken stop)
    {
        CheckpointReader reader = new(begin.Manifest.Span);
        await writer.WriteAsync(begin, stop);
        for (int number = 0; number < reader.Manifest.Chunks; number++)
        {
            ReadOnlyMemory<byte>? chunk = await ReadAsync(
                () => store.ReadChunkAsync(log, reader.Manifest.Id, number, stop), begin.Shard.Value);
            if (chunk is not { } bytes)
                return false;

            reader.Take(bytes.Span);
            runs.Copy(bytes.Length);
            await writer.WriteAsync(new BackupPart.ShardChunk(number, bytes), stop);
        }

        reader.End();

        // The copy served when it was asked, and the checkpoint was frozen later. If it has given the shard away in between, its content is
        // gone, and the new owner is asked.
        if (reader.Ownership!.Phase is TransferPhase.None or TransferPhase.Released or TransferPhase.Restoring)
            throw new CorruptDataException($"the shard has left {begin.Group} meanwhile");

        await writer.WriteAsync(new BackupPart.ShardEnd(reader.Content), stop);
        return true;
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(Func<ValueTask<ReadOnlyMemory<byte>?>> read, int shard)
    {
        try
        {
            return await read();
        }
        catch (LogStoreException failure)
        {
            throw new StepFailedException(
                ErrorCode.TemporarilyUnavailable, $"shard {shard} cannot be read from the store: {failure.Message}");
        }
    }
}
