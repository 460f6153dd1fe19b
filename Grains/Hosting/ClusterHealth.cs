using OrleansShards.Grains.Interfaces.Transport;

namespace OrleansShards.Grains.Hosting;

/// <summary>
/// Asks the primary, whose answer comes from its log: a silo is ready when it is open and reaches a primary that can
/// read and write. What several ask at once is asked once.
/// </summary>
internal sealed class ClusterHealth(
    ClusterKeeper keeper, ClusterIdentity identity, IGrainFactory grains, TimeProvider clock) : IClusterHealth
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<ClusterHealthReport>? _looking;

    /// <inheritdoc />
    public Task<ClusterHealthReport> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_looking is null or { IsCompleted: true })
                _looking = LookAsync();

            return _looking.WaitAsync(cancellationToken);
        }
    }

    private async Task<ClusterHealthReport> LookAsync()
    {
        if (!keeper.Opened.IsCompletedSuccessfully)
        {
            return NotReady(keeper.Opened.Exception?.InnerException is { } failure
                ? $"the cluster cannot be opened: {failure.Message}"
                : "the cluster is being opened");
        }

        ClusterDefinition definition = await identity.Known.ConfigureAwait(false);
        GrainCalls calls = new(grains, definition);
        string obstacle = "";
        foreach (MasterName master in definition.Masters)
        {
            switch (await AskAsync(calls, master).ConfigureAwait(false))
            {
                case (ClusterStatusReply status, _) when status.Masters.FirstOrDefault(static one => one.IsPrimary) is { } primary:
                    return new ClusterHealthReport(true, primary.Name, primary.Term, $"{primary.Name} leads");
                case (Message reply, _):
                    obstacle += $"; {master} answers {reply}";
                    break;
                case (null, string reason):
                    obstacle += $"; {master} does not answer: {reason}";
                    break;
            }
        }

        return NotReady($"no master leads{obstacle}");
    }

    private async Task<(Message? Reply, string Reason)> AskAsync(GrainCalls calls, MasterName master)
    {
        try
        {
            Message reply = await calls.Master(master).ClusterStatus(new QueryClusterStatus())
                .WaitAsync(AskLimit, clock).ConfigureAwait(false);
            return (reply, "");
        }
        catch (Exception failure)
        {
            return (null, failure.Message);
        }
    }

    private static ClusterHealthReport NotReady(string reason) => new(false, null, default, reason);
}
