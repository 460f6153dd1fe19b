namespace OrleansShards.Simulation.Checkers;

/// <summary>By the logs, at most one group serves a shard; a copy's epoch only rises; no epoch is served by two groups.</summary>
internal sealed class OwnershipChecker(World world) : Checker
{
    private readonly Dictionary<LogName, Epoch> _epochs = [];
    private readonly Dictionary<(ShardId Shard, Epoch Epoch), LogName> _owners = [];

    internal override void Recorded(LogTruth log)
    {
        if (log.Shard is not { Ownership: var ownership })
            return;

        if (ownership.Epoch < _epochs.GetValueOrDefault(log.Name))
            throw new ViolationException("epochs-rise", $"{log.Name} goes from epoch {_epochs[log.Name]} to {ownership.Epoch}");

        _epochs[log.Name] = ownership.Epoch;
        if (ownership.Phase == TransferPhase.Serving)
            CheckServing(log, ownership.Epoch);
    }

    /// <summary>The logs whose copy serves a shard.</summary>
    internal static IEnumerable<LogTruth> Serving(World world, ShardId shard) => world.Store.Logs
        .Select(static log => log.Truth)
        .Where(log => log.Shard?.Ownership.Phase == TransferPhase.Serving && log.ShardId == shard);

    private void CheckServing(LogTruth log, Epoch epoch)
    {
        if (!_owners.TryAdd((log.ShardId, epoch), log.Name) && _owners[(log.ShardId, epoch)] != log.Name)
            throw new ViolationException("one-owner-an-epoch", $"{log.Name} and {_owners[(log.ShardId, epoch)]} both serve epoch {epoch}");

        if (Serving(world, log.ShardId).FirstOrDefault(other => other != log) is { } rival)
        {
            throw new ViolationException(
                "one-serving-group", $"{log.Name} serves at epoch {epoch}, and {rival.Name} at {rival.Shard!.Ownership.Epoch}");
        }
    }
}
