using OrleansShards.Backups;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Silo.Api;

namespace OrleansShards.Silo.Backups;

/// <summary>
/// Restores a fresh cluster from a backup: (1) the masters' log has the attempt; (2) every shard stops being served, which only an empty
/// one does; (3) each receives its content into its own log; (4) the file was read to its end and is whole; (5) one record of the masters'
/// log commits, and all shards are served. Before (5) nothing of the backup is seen; after it everything is, also if this silo is gone.
/// </summary>
internal sealed partial class ClusterRestore(
    ClusterReader cluster, ShardCalls calls, BackupRuns runs, TimeProvider clock, ILogger<ClusterRestore> logger)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>How the newest restore stands.</summary>
    internal Task<Answer<RestoreStatus>> QueryAsync(CancellationToken stop) => AskAsync(RestoreCommand.Query, RestoreId.None, "", stop);

    /// <summary>Restores the file, or with <paramref name="isPlan"/> only verifies it and the cluster.</summary>
    /// <exception cref="StepFailedException">Nothing is restored; the text says why.</exception>
    /// <exception cref="BackupDamageException">Nothing is restored: the file is not whole.</exception>
    internal async Task<RestoreView> RunAsync(Stream file, bool isPlan, CancellationToken stop)
    {
        using BackupReader reader = new(file);
        await using IAsyncEnumerator<BackupPart> parts = reader.ReadAsync(stop).GetAsyncEnumerator(stop);
        await parts.MoveNextAsync();
        BackupPart.Header header = reader.Header!;
        ClusterDefinition definition = await cluster.DefinitionAsync(stop);
        if (header.Shards != definition.ShardCount)
        {
            throw new StepFailedException(
                ErrorCode.PreconditionFailed,
                $"the backup has {header.Shards} shards, and this cluster has {definition.ShardCount}; expected as many, since a key's "
                + "shard follows from their number: create the cluster with --shards " + header.Shards);
        }

        await CheckFreshAsync(definition.ShardCount, stop);
        if (isPlan)
            return await ReceiveAsync(parts, header, new RestoreId(0), isPlan: true, stop);

        RestoreId restore = (await DecideAsync(RestoreCommand.Begin, RestoreId.None, header.Backup, stop)).Restore;
        try
        {
            await StopServingAsync(restore, definition.ShardCount, stop);
            RestoreView view = await ReceiveAsync(parts, header, restore, isPlan: false, stop);
            await DecideAsync(RestoreCommand.Commit, restore, "", stop);
            await EndAsync(restore, definition.ShardCount, stop);
            return view;
        }
        catch (Exception)
        {
            await GiveUpAsync(restore, definition.ShardCount);
            throw;
        }
    }

    /// <summary>Gives up a restore that was interrupted; nothing where there is none.</summary>
    internal async Task<Answer<RestoreStatus>> GiveUpAsync(CancellationToken stop)
    {
        Answer<RestoreStatus> newest = await QueryAsync(stop);
        if (newest.Reply is not { Phase: RestorePhase.Receiving } open)
            return newest;

        Answer<RestoreStatus> done = await AskAsync(RestoreCommand.Abort, open.Restore, "", stop);
        if (done.Error is null)
            await EndAsync(open.Restore, (await cluster.DefinitionAsync(stop)).ShardCount, stop);

        return done;
    }

    // A cluster that is in use is refused before any of its shards stops being served.
    private async Task CheckFreshAsync(int shards, CancellationToken stop)
    {
        RestoreStatus status = await DecideAsync(RestoreCommand.Query, RestoreId.None, "", stop);
        if (status.Phase == RestorePhase.Committed)
        {
            throw new StepFailedException(
                ErrorCode.PreconditionFailed, $"the cluster was restored from backup {status.Backup} already; expected a fresh cluster");
        }

        for (int shard = 0; shard < shards; shard++)
        {
            (ShardSize size, GroupId owner) = await calls.AskAsync<ShardSize>(shard, new QueryShardSize(), stop);
            if (size.Keys > 0)
            {
                throw new StepFailedException(
                    ErrorCode.PreconditionFailed,
                    $"the cluster is not fresh: shard {shard} of {owner} has {size.Keys} keys; expected a cluster without any");
            }
        }
    }

    // With a manifest of nothing: the right one follows with the content. No client can write to a shard any more whose turn is to come.
    private async Task StopServingAsync(RestoreId restore, int shards, CancellationToken stop)
    {
        byte[] nothing = new CheckpointManifest(
            new CheckpointId(new LogIndex(1), new Term(1)), new LogCursor(new LogIndex(1), new Term(1), 0, 0),
            new WriterId("backup", default), 1, 0, 0, []).Encode();
        for (int shard = 0; shard < shards; shard++)
            await calls.AskAsync<RestoreProgress>(shard, new RestoreShard(restore, null, nothing), stop);
    }

    private async Task<RestoreView> ReceiveAsync(
        IAsyncEnumerator<BackupPart> parts, BackupPart.Header header, RestoreId restore, bool isPlan, CancellationToken stop)
    {
        (int shard, long keys, long sessions, long bytes) = (0, 0, 0, 0);
        RestoreProgress progress = new(0, false, null);
        while (await parts.MoveNextAsync())
        {
            switch (parts.Current)
            {
                case BackupPart.ShardBegin begin when !isPlan:
                    shard = begin.Shard.Value;
                    runs.Reach(shard, header.Shards);
                    progress = await SendAsync(shard, new RestoreShard(restore, null, begin.Manifest.ToArray()), stop);
                    break;
                case BackupPart.ShardChunk chunk when !isPlan:
                    progress = await SendAsync(shard, new RestoreShard(restore, chunk.Number, chunk.Bytes.ToArray()), stop);
                    runs.Copy(chunk.Bytes.Length);
                    break;
                case BackupPart.ShardEnd { Content: var content }:
                    if (!isPlan && !progress.IsComplete)
                    {
                        throw new StepFailedException(
                            ErrorCode.Crash, $"shard {shard} has taken {progress.Chunks} chunks, and is not what the backup has");
                    }

                    keys += content.Keys;
                    sessions += content.ClientSessions;
                    bytes += content.Bytes;
                    break;
            }
        }

        return new RestoreView
        {
            Plan = isPlan,
            Restore = isPlan ? null : restore.ToString(),
            Phase = isPlan ? "none" : "committed",
            Backup = header.Backup,
            ClusterId = header.Cluster,
            BackupAt = header.At,
            Shards = header.Shards,
            Keys = keys,
            Sessions = sessions,
            Bytes = bytes,
            Text = isPlan
                ? $"the backup is whole, and {header.Shards} shards with {keys} keys, {bytes} bytes, would be restored"
                : $"{header.Shards} shards with {keys} keys, {bytes} bytes, are restored and served",
        };
    }

    private async Task<RestoreProgress> SendAsync(int shard, RestoreShard piece, CancellationToken stop)
    {
        (RestoreProgress progress, _) = await calls.AskAsync<RestoreProgress>(shard, piece, stop);
        return progress.Damage is { } damage
            ? throw new StepFailedException(ErrorCode.PreconditionFailed, $"shard {shard} cannot take its content: {damage}")
            : progress;
    }

    // An outcome that is not known is asked for again: the masters' log says how it was decided.
    private async Task<RestoreStatus> DecideAsync(RestoreCommand command, RestoreId restore, string backup, CancellationToken stop)
    {
        for (long startedAt = clock.GetTimestamp(); ; await Task.Delay(RetryInterval, clock, stop))
        {
            Answer<RestoreStatus> answer = await AskAsync(command, restore, backup, stop);
            if (answer.Error is null && answer.Reply is { } status)
                return status;

            bool isFinal = answer.Error!.Code is not (ErrorCode.Timeout or ErrorCode.TemporarilyUnavailable);
            if (isFinal || clock.GetElapsedTime(startedAt) > ShardCalls.Limit)
            {
                throw new StepFailedException(answer.Error.Code, command == RestoreCommand.Commit && !isFinal
                    ? $"whether restore {restore} is committed is not known: {answer.Error.Text}; ask GET /api/v1/restore"
                    : answer.Error.Text);
            }
        }
    }

    private Task<Answer<RestoreStatus>> AskAsync(RestoreCommand command, RestoreId restore, string backup, CancellationToken stop) =>
        cluster.AskPrimaryAsync<RestoreStatus>(new ChangeRestore(command, restore, backup), ClusterReader.ActionLimit, stop);

    // The copies ask the primary by themselves: this only spares the wait. What is decided stays so, whether a copy answers or not.
    private async Task EndAsync(RestoreId restore, int shards, CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(
                Enumerable.Range(0, shards).Select(shard => calls.AskAsync<ShardDone>(shard, new EndRestore(restore), stop)));
        }
        catch (StepFailedException late)
        {
            LogLate(restore, late.Message);
        }
    }

    // What was committed cannot be given up: the masters refuse it. If they cannot be asked, the attempt stays open until it is repeated.
    private async Task GiveUpAsync(RestoreId restore, int shards)
    {
        using CancellationTokenSource limit = new(ClusterReader.ActionLimit, clock);
        try
        {
            Answer<RestoreStatus> done = await AskAsync(RestoreCommand.Abort, restore, "", limit.Token);
            if (done.Error is null)
                await EndAsync(restore, shards, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The reason why it is given up is what its caller needs; GET /api/v1/restore says that it is open.
        }
    }

    [LoggerMessage(LogEvents.RestoreLate, LogLevel.Warning, "restore {Restore} is decided, and a shard does not serve yet: {Reason}")]
    private partial void LogLate(RestoreId restore, string reason);
}
