using System.Collections.Concurrent;
using OrleansShards.Client.Errors;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Silo.Api;

/// <summary>The shards: owners from the primary, the rest from the owners' copies, which are all asked at once.</summary>
internal sealed class ShardReader(ClusterReader cluster, TimeProvider clock)
{
    /// <summary>How many shards one answer has at most. A copy that is asked is activated.</summary>
    internal const int LimitMax = 256;

    private readonly ConcurrentDictionary<int, Sample> _samples = new();

    internal async Task<(ShardsView? View, ErrorReply? Error)> ReadAsync(int from, int count, CancellationToken stop)
    {
        ClusterDefinition definition = await cluster.DefinitionAsync(stop);
        Answer<ClusterStatusReply> status = await cluster.AskPrimaryAsync<ClusterStatusReply>(
            new QueryClusterStatus(), ClusterReader.PartLimit, stop);
        if (status.Error is not null || status.Reply is not { } known)
            return (null, status.Error);

        StatusParts parts = new(clock);
        GrainCalls calls = cluster.Calls(definition);
        int end = Math.Min(definition.ShardCount, from + Math.Min(count, LimitMax));
        ShardView[] shards = await Task.WhenAll(
            Enumerable.Range(from, Math.Max(0, end - from)).Select(shard => ReadAsync(shard, known, calls, parts, stop)));
        return (new ShardsView(known.Config.Epoch.Value, shards, parts.Problems), null);
    }

    private async Task<ShardView> ReadAsync(
        int shard, ClusterStatusReply status, GrainCalls calls, StatusParts parts, CancellationToken stop)
    {
        ShardView view = new()
        {
            Shard = shard,
            TargetGid = status.Moves.FirstOrDefault(move => move.Shard.Value == shard)?.Target?.Value,
        };
        if (!status.Config.Shards.TryGetValue(shard, out GroupId owner))
            return view;

        view = view with { Gid = owner.Value, Silo = cluster.PlaceOf($"{owner}/{shard}") };
        Message? answer = await parts.AskAsync(
            $"shard {shard}", () => calls.CallAsync(NodeAddress.Of(owner, new ShardId(shard)), new QueryShardSize()), stop);
        if (answer is not ShardSize size)
        {
            if (answer is not null)
                parts.Add($"shard {shard}", (answer as ShardRefusal)?.Text ?? (answer as ShardUnknown)?.Text ?? "cannot say its size");

            return view;
        }

        return view with
        {
            Epoch = size.Activity?.Epoch.Value,
            Phase = size.Activity is { } activity ? MoveViews.WordOf(activity.Phase) : null,
            Keys = size.Keys,
            Bytes = size.Bytes,
            Sessions = size.Activity?.Sessions,
            RequestsPerSecond = size.Activity is { } seen ? Rate(shard, owner, seen.RequestsSeen) : null,
        };
    }

    // Between two answers of the same run of the same copy: another one begins to count anew.
    private double? Rate(int shard, GroupId owner, ulong requests)
    {
        long now = clock.GetTimestamp();
        Sample next = _samples.AddOrUpdate(
            shard,
            _ => new Sample(owner, requests, now, null),
            (_, last) => last.Owner == owner && last.Requests <= requests
                ? last.Next(requests, now, clock.GetElapsedTime(last.At, now))
                : new Sample(owner, requests, now, null));
        return next.PerSecond;
    }

    private sealed record Sample(GroupId Owner, ulong Requests, long At, double? PerSecond)
    {
        // Two visitors that ask at once do not make a rate of a moment.
        private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

        internal Sample Next(ulong requests, long now, TimeSpan passed) => passed < Shortest
            ? this
            : new Sample(Owner, requests, now, Math.Round((requests - Requests) / passed.TotalSeconds, 1));
    }
}
