using OrleansShards.Client.Errors;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Silo.Api;

namespace OrleansShards.Silo.Backups;

/// <summary>
/// Asks the copy that serves a shard, wherever it is: through moves, takeovers and restarts, until it answers or the limit is over. Only
/// for requests that may be repeated.
/// </summary>
internal sealed class ShardCalls(ClusterReader cluster, BackupRuns runs, TimeProvider clock)
{
    /// <summary>How long one request may take, with all that is in its way: a takeover, a move, a silo that comes back.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The answer, and the group whose copy has given it.</summary>
    /// <exception cref="StepFailedException">Refused for good, or the limit is over; the text names the shard and the reason.</exception>
    internal async Task<(T Reply, GroupId Owner)> AskAsync<T>(int shard, Message request, CancellationToken stop)
        where T : Message
    {
        string obstacle = "it was not asked";
        for (long startedAt = clock.GetTimestamp(); clock.GetElapsedTime(startedAt) < Limit; await RetryAsync(shard, obstacle, stop))
        {
            try
            {
                Answer<ShardOwner> located = await cluster.AskPrimaryAsync<ShardOwner>(
                    new LocateShard(new ShardId(shard), null), ClusterReader.ActionLimit, stop);
                if (located.Reply is not { Owner: { } owner })
                {
                    obstacle = located.Error?.Text ?? "no group has it";
                    continue;
                }

                ClusterDefinition definition = await cluster.DefinitionAsync(stop);
                Message reply = await cluster.Calls(definition).CallAsync(NodeAddress.Of(owner, new ShardId(shard)), request);
                if (reply is T answer)
                    return (answer, owner);

                obstacle = TextOf(reply);
                if (reply is ShardRefusal { Kind: ShardRefusalKind.WrongState or ShardRefusalKind.Malformed }
                    or ShardRefusal { Limit: not null })
                {
                    throw new StepFailedException(ErrorCode.PreconditionFailed, $"shard {shard}: {obstacle}");
                }
            }
            catch (Exception failure) when (failure is not StepFailedException && !stop.IsCancellationRequested)
            {
                obstacle = failure.Message;
            }
        }

        throw new StepFailedException(
            ErrorCode.TemporarilyUnavailable, $"shard {shard} has not answered within {Limit.TotalSeconds:0} s: {obstacle}");
    }

    private Task RetryAsync(int shard, string obstacle, CancellationToken stop)
    {
        runs.WaitFor($"shard {shard}: {obstacle}");
        return Task.Delay(RetryInterval, clock, stop);
    }

    private static string TextOf(Message reply) => reply switch
    {
        ShardRefusal refusal => refusal.Text,
        ShardUnknown unknown => unknown.Text,
        _ => $"it answers with {reply.GetType().Name}",
    };
}

/// <summary>A step of a backup or a restore has failed, for this reason.</summary>
internal sealed class StepFailedException(ErrorCode code, string text) : Exception(text)
{
    internal ErrorReply Error => new(code, Message);
}
