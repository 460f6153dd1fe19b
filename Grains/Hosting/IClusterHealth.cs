using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Grains.Hosting;

/// <summary>Whether this silo can serve now, for load balancers and operators.</summary>
public interface IClusterHealth
{
    /// <summary>
    /// Checks. Cheap enough for several callers once a second each; changes nothing. A cluster that cannot serve is a report that says so,
    /// not an exception.
    /// </summary>
    /// <param name="cancellationToken">Ends the check; the caller takes that for "not ready".</param>
    Task<ClusterHealthReport> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>Whether a silo can serve.</summary>
/// <param name="Ready">Whether a request that arrives now can be served.</param>
/// <param name="Primary">The primary, as this silo knows it; null if none is known to lead.</param>
/// <param name="Term">The newest term that this silo has seen; 0 before the first.</param>
/// <param name="Reason">A sentence that says why it is ready or not.</param>
public sealed record ClusterHealthReport(bool Ready, MasterName? Primary, Term Term, string Reason);

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
/// Asks the primary, whose answer comes from its log: a silo is ready when it is open and reaches a primary that can read and write.
/// Concurrent checks share one round of calls.
/// </summary>
internal sealed class ClusterHealth(
    ClusterKeeper keeper, ClusterIdentity identity, IGrainFactory grains, TimeProvider clock) : IClusterHealth
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<ClusterHealthReport>? _check;

    public Task<ClusterHealthReport> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_check is null or { IsCompleted: true })
                _check = AskMastersAsync();

            return _check.WaitAsync(cancellationToken);
        }
    }

    private async Task<ClusterHealthReport> AskMastersAsync()
    {
        if (!keeper.Opened.IsCompletedSuccessfully)
        {
            return NotReady(keeper.Opened.Exception?.InnerException is { } failure
                ? $"the cluster cannot be opened: {failure.Message}"
                : $"the cluster is being opened: {keeper.Obstacle}");
        }

        ClusterDefinition definition = await identity.Known.ConfigureAwait(false);
        GrainCalls calls = new(grains, definition);
        string obstacle = "";
        foreach (MasterName master in definition.Masters)
        {
            try
            {
                MasterReply reply = await calls.Master(master).ClusterStatus(new QueryClusterStatus())
                    .WaitAsync(AskLimit, clock).ConfigureAwait(false);
                if ((reply as ClusterStatusReply)?.Masters.FirstOrDefault(static one => one.IsPrimary) is { } primary)
                    return new ClusterHealthReport(true, primary.Name, primary.Term, $"{primary.Name} leads");

                obstacle += $"; {master} {reply.InWords()}";
            }
            catch (Exception failure)
            {
                obstacle += $"; {master} does not answer: {failure.Message}";
            }
        }

        return NotReady($"no master leads{obstacle}");
    }

    private static ClusterHealthReport NotReady(string reason) => new(false, null, default, reason);
}
