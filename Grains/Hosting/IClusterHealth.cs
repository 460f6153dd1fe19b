using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Placement;
using OrleansShards.Grains.Storage;

namespace OrleansShards.Grains.Hosting;

/// <summary>Whether this silo can serve now, for load balancers and operators.</summary>
public interface IClusterHealth
{
    /// <summary>
    /// Checks, within about a second. Cheap enough for several callers once a second each; changes nothing. A silo that cannot serve is a
    /// report that says so, not an exception.
    /// </summary>
    /// <param name="cancellationToken">Ends the check; the caller takes that for "not ready".</param>
    Task<ClusterHealthReport> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>Whether a silo can serve, and beside it what the silo knows of the cluster's masters.</summary>
/// <param name="Ready">
/// Whether this silo serves: it knows its cluster, is a member, its store answers, and so do its grains. It does not depend on the masters,
/// whom no operation on a key waits for: without a primary all silos would be taken out of service although they serve.
/// </param>
/// <param name="Reason">A sentence that says why it is ready or not.</param>
/// <param name="Primary">The primary that has answered; null if none has.</param>
/// <param name="Term">The primary's term; 0 without a primary.</param>
/// <param name="Masters">Who leads, or why nobody does; null while the silo does not serve yet, or any more.</param>
public sealed record ClusterHealthReport(
    bool Ready, string Reason, MasterName? Primary = null, Term Term = default, string? Masters = null);

/// <summary>What a master's reply says, for the log and for operators.</summary>
internal static class MasterReplyWords
{
    /// <summary>The predicate of a sentence whose subject is the master.</summary>
    internal static string InWords(this MasterReply reply) => reply switch
    {
        NotPrimary refusal => $"does not lead: {refusal.Text}",
        MasterRefusal refusal => $"refuses: {refusal.Text}",
        MasterUnknown unknown => $"does not know the outcome: {unknown.Text}",
        SwitchoverReply done => $"has handed over to {done.Primary} in term {done.Term} with a pause of {done.PauseMs} ms",
        ClusterCreated { Primary: null } => "knows the cluster, but no primary",
        _ => $"answers with {reply.GetType().Name}",
    };
}

/// <summary>
/// Checks what a silo needs in order to serve: its membership, its store (by a read, and by the writes of its nodes), and its grains:
/// that of the silo itself, and those of the groups that belong here. Concurrent checks share one round.
/// </summary>
internal sealed class ClusterHealth(
    ClusterKeeper keeper, ClusterIdentity identity, ILogStoreSource stores, StoreWatch storeWatch, ISiloStatusOracle silos,
    GroupPlacement placement, IGrainFactory grains, TimeProvider clock) : IClusterHealth
{
    // All is asked at once.
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(1);

    // A log that no node has: whether it has a record is asked to see whether the store answers.
    private static readonly LogName Asked = new("probe");

    private readonly Lock _gate = new();
    private Task<ClusterHealthReport>? _check;
    private Task _reading = Task.CompletedTask;

    public Task<ClusterHealthReport> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_check is null or { IsCompleted: true })
                _check = CheckOnceAsync();

            return _check.WaitAsync(cancellationToken);
        }
    }

    private async Task<ClusterHealthReport> CheckOnceAsync()
    {
        if (!keeper.Opened.IsCompletedSuccessfully)
        {
            return new ClusterHealthReport(false, keeper.Opened.Exception?.InnerException is { } failure
                ? $"the cluster cannot be opened: {failure.Message}"
                : $"the cluster is being opened: {keeper.Obstacle}");
        }

        ClusterDefinition definition = await identity.Known.ConfigureAwait(false);
        Task<MasterHealth[]> masters = Task.WhenAll(definition.Masters.Select(name => AskAsync(name, definition)));
        string?[] obstacles = silos.CurrentStatus == SiloStatus.Active
            ? await Task.WhenAll(CheckStoreAsync(), CheckGrainsAsync(definition)).ConfigureAwait(false)
            : [$"the silo is not a member of its cluster: its status is {silos.CurrentStatus}; expected {SiloStatus.Active}"];
        string reason = string.Join("; ", obstacles.OfType<string>());
        MasterHealth[] all = await masters.ConfigureAwait(false);
        MasterHealth? primary = all.Where(static one => one.Leads).MaxBy(static one => one.Term);
        return new ClusterHealthReport(
            reason.Length == 0,
            reason.Length == 0 ? "the silo serves" : reason,
            primary?.Name,
            primary?.Term ?? default,
            primary?.Text ?? $"no master leads: {string.Join("; ", all.Select(static one => one.Text))}");
    }

    private async Task<string?> CheckStoreAsync()
    {
        // A store that hangs gets one read, not one a second.
        if (_reading.IsCompleted)
            _reading = Task.Run(ReadAsync);

        try
        {
            await _reading.WaitAsync(AskLimit, clock).ConfigureAwait(false);
            return storeWatch.WriteTrouble;
        }
        catch (TimeoutException)
        {
            return $"the store has not answered within {AskLimit.TotalMilliseconds:0} ms";
        }
        catch (Exception failure)
        {
            return $"the store cannot be read: {failure.Message}";
        }
    }

    private async Task ReadAsync()
    {
        ILogStore store = await stores.OpenAsync().ConfigureAwait(false);
        await store.ProbeAsync(Asked, new LogIndex(1)).ConfigureAwait(false);
    }

    private async Task<string?> CheckGrainsAsync(ClusterDefinition definition)
    {
        SiloAddress[] active = silos.GetActiveSilos();
        IEnumerable<Task<string?>> groups = keeper.Groups(definition)
            .Where(group => active.Length > 0 && placement.Find(group.Value, active).Equals(silos.SiloAddress))
            .Select(group => ObstacleAsync($"group {group}", () => grains.GetGrain<IGroupGrain>(group.Value).Ping()));
        string?[] obstacles = await Task.WhenAll(
            [ObstacleAsync("the silo's own grain", () => grains.GetGrain<IClusterGrain>(0).Definition()), .. groups]).ConfigureAwait(false);
        string text = string.Join("; ", obstacles.OfType<string>());
        return text.Length == 0 ? null : text;
    }

    private async Task<string?> ObstacleAsync(string who, Func<Task> ask)
    {
        try
        {
            await ask().WaitAsync(AskLimit, clock).ConfigureAwait(false);
            return null;
        }
        catch (TimeoutException)
        {
            return $"{who} has not answered within {AskLimit.TotalMilliseconds:0} ms";
        }
        catch (Exception failure)
        {
            return $"{who} does not answer: {failure.Message}";
        }
    }

    private async Task<MasterHealth> AskAsync(MasterName name, ClusterDefinition definition)
    {
        MasterReply? reply = null;
        string? obstacle = await ObstacleAsync(
            name.Value,
            async () => reply = await new GrainCalls(grains, definition).Master(name).ClusterStatus(new QueryClusterStatus())
                .ConfigureAwait(false)).ConfigureAwait(false);
        return obstacle is not null ? new MasterHealth(name, default, false, obstacle)
            : (reply as ClusterStatusReply)?.Masters.FirstOrDefault(static one => one.IsPrimary) is { } primary
                ? new MasterHealth(primary.Name, primary.Term, true, $"{primary.Name} leads in term {primary.Term}")
            : new MasterHealth(name, default, false, $"{name} {reply!.InWords()}");
    }

    private sealed record MasterHealth(MasterName Name, Term Term, bool Leads, string Text);
}
