using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansShards.Core.Masters;
using OrleansShards.Silo.Backups;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Api;

/// <summary>
/// Server-sent events: what the cluster is at first, and then what changes. <c>cluster</c> comes every second, as it says how long ago each
/// master was heard; <c>groups</c>, <c>moves</c>, <c>map</c> and <c>history</c> when they have changed; <c>problem</c> instead while nobody
/// leads. The data are those of the route of the same name. <c>backup</c> comes when a backup or a restore of this silo has changed.
/// </summary>
internal sealed class ClusterEvents(
    ClusterReader cluster, ClusterStatus status, BackupRuns backups, SiloSettings settings, TimeProvider clock)
{
    /// <summary>How many may listen at once: each asks the primary once a second.</summary>
    internal const int ListenersMax = 64;

    private const int HistoryMax = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private int _listeners;

    /// <summary>Whether one more may listen; each that may calls <see cref="Leave"/> in the end.</summary>
    internal bool TryEnter()
    {
        if (Interlocked.Increment(ref _listeners) <= ListenersMax)
            return true;

        Leave();
        return false;
    }

    internal void Leave() => Interlocked.Decrement(ref _listeners);

    internal async IAsyncEnumerable<SseItem<string>> FollowAsync([EnumeratorCancellation] CancellationToken stop)
    {
        try
        {
            Dictionary<string, string> seen = [];
            using PeriodicTimer timer = new(Interval, clock);
            do
            {
                foreach ((string name, string data, bool always) in await ReadAsync(stop))
                {
                    if (!always && seen.GetValueOrDefault(name) == data)
                        continue;

                    seen[name] = data;
                    yield return new SseItem<string>(data, name);
                }
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        finally
        {
            Leave();
        }
    }

    private async Task<List<(string Name, string Data, bool Always)>> ReadAsync(CancellationToken stop)
    {
        List<(string, string, bool)> events = [("cluster", Text(await status.ReadAsync(stop), ApiJson.Readable.ClusterView), true)];
        if (backups.Newest is { } run)
            events.Add(("backup", Text(run, ApiJson.Readable.BackupRunView), false));

        ClusterDefinition definition = await cluster.DefinitionAsync(stop);
        Answer<ClusterStatusReply> answer = await cluster.StatusAsync(stop);
        if (answer.Error is { } error)
        {
            events.Add(("problem", Text(ApiProblem.Of(error), ApiJson.Readable.ApiProblem), false));
            return events;
        }

        ClusterStatusReply known = answer.Reply!;
        DateTimeOffset now = clock.GetUtcNow();
        GroupsView groups = MoveViews.Groups(known, cluster, definition.ShardCount);
        // How long ago a group was heard always changes: /groups has it.
        groups = groups with { Groups = [.. groups.Groups.Select(static group => group with { LastHeartbeatMs = null })] };
        events.Add(("groups", Text(groups, ApiJson.Readable.GroupsView), false));
        events.Add(("moves", Text(MoveViews.Moves(known, settings.Moves.UndoWindow, now), ApiJson.Readable.MovesView), false));
        events.Add(("map", Text(MoveViews.Map(known.Config with { Groups = known.Members }), ApiJson.Readable.MapView), false));
        HistoryView history = MoveViews.History(known, settings.Moves.UndoWindow, now, HistoryMax);
        events.Add(("history", Text(history, ApiJson.Readable.HistoryView), false));
        return events;
    }

    private static string Text<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);
}
