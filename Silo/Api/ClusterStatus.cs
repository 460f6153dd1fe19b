using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Api;

/// <summary>The cluster at a glance: answers whatever is known, at once, and names the parts that have not answered.</summary>
internal sealed class ClusterStatus(ClusterReader cluster, SiloSettings settings, TimeProvider clock)
{
    internal async Task<ClusterView> ReadAsync(CancellationToken stop)
    {
        StatusParts parts = new(clock);
        ClusterDefinition definition = await cluster.DefinitionAsync(stop);
        Task<Answer<ClusterStatusReply>> asking = cluster.StatusAsync(stop);
        Task<Answer<ShadowStatusReply>> askingLag =
            cluster.AskPrimaryAsync<ShadowStatusReply>(new QueryShadowStatus(), ClusterReader.PartLimit, stop);
        string?[] places = await Task.WhenAll(definition.Masters.Select(master => SiloOfAsync(master, definition, parts, stop)));
        ClusterStatusReply? status = parts.Take("primary", await asking);
        ShadowStatusReply? lag = parts.Take("lag", await askingLag);
        MasterStatus? primary = status?.Masters.FirstOrDefault(static master => master.IsPrimary);
        return new ClusterView
        {
            ClusterId = settings.ClusterId,
            Silo = settings.Name,
            Shards = definition.ShardCount,
            Primary = primary?.Name.Value,
            Term = primary?.Term.Value,
            Epoch = status?.Config.Epoch.Value,
            Masters = [.. definition.Masters.Zip(places, (master, silo) => Master(master, silo, status, lag))],
            Failover = status is null ? null : FailoverEstimates.Of(status, lag, settings.FailoverAfter),
            Silos = [.. cluster.Silos().Select(
                silo => new SiloView(silo.Name, $"{silo.Address.Endpoint}", cluster.GroupsOf(silo.Address)))],
            Problems = parts.Problems,
        };
    }

    private async Task<string?> SiloOfAsync(
        MasterName master, ClusterDefinition definition, StatusParts parts, CancellationToken stop)
    {
        SiloAddress? silo = await parts.AskAsync($"master {master}", () => cluster.Calls(definition).Master(master).Silo(), stop);
        return silo is null ? null : cluster.NameOf(silo);
    }

    private static MasterView Master(MasterName name, string? silo, ClusterStatusReply? status, ShadowStatusReply? lag)
    {
        MasterView view = new() { Name = name.Value, Role = MasterWord.Unknown, Silo = silo };
        if (status?.Masters.FirstOrDefault(master => master.Name == name) is not { } known)
            return view;

        bool isFollowing = lag is { } && lag.Shadow == name;
        return view with
        {
            Role = known.IsPrimary ? MasterWord.Primary : MasterWord.Shadow,
            Term = known.Term == Term.None ? null : known.Term.Value,
            LogIndex = known.LogIndex == LogIndex.None ? null : known.LogIndex.Value,
            LastHeartbeatMs = known.HeartbeatAgeMs,
            LagEntries = isFollowing ? lag!.LagEntries : null,
            LagBytes = isFollowing ? lag!.LagBytes : null,
            LagMs = isFollowing ? lag!.LagMs : null,
        };
    }
}

/// <summary>What a failover would take now, from the detection time, the shadow's lag, and the takeovers that were measured.</summary>
internal static class FailoverEstimates
{
    // A shadow reports at least once a second.
    private const long SilentAfterMs = 5_000;

    internal static FailoverEstimate Of(ClusterStatusReply status, ShadowStatusReply? lag, TimeSpan detectAfter)
    {
        long detectMs = (long)detectAfter.TotalMilliseconds;
        if (status.Masters.FirstOrDefault(static master => !master.IsPrimary) is not { } shadow)
        {
            return new FailoverEstimate(
                false, null, null, detectMs, "there is no shadow: nobody takes over, and the masters wait for the primary's silo");
        }

        if (shadow.HeartbeatAgeMs is not <= SilentAfterMs)
        {
            string since = shadow.HeartbeatAgeMs is { } age ? $"for {age / 1000.0:0.#} s" : "under this primary";
            return new FailoverEstimate(
                false, null, null, detectMs, $"the shadow {shadow.Name} has not been heard {since}: a takeover waits until it answers");
        }

        long[] measured =
        [
            .. status.Takeovers.Where(static taken => taken is { ChangesPrimary: true, Reason: not TakeoverReason.Resumed })
                .Select(static taken => taken.Phases.CatchUpUs + taken.Phases.FenceUs + taken.Phases.PromoteUs).Order(),
        ];
        long? afterMs = measured.Length == 0 ? null : (measured[(measured.Length - 1) / 2] + 999) / 1000;
        string replay = lag is null ? "what the shadow has not replayed" : $"{lag.LagEntries} entries ({lag.LagBytes} bytes)";
        string experience = afterMs is { } ms
            ? $"; catching up, fencing and promoting took {ms} ms in the middle of the last {measured.Length} takeovers"
            : "; no takeover has been measured yet: a few writes to the store come on top";
        return new FailoverEstimate(
            true,
            detectMs + (afterMs ?? 0),
            afterMs,
            detectMs,
            $"{shadow.Name} takes over when the log has not grown for {detectAfter.TotalSeconds:0.#} s, "
                + $"and then replays {replay}{experience}");
    }
}
