namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// By what the logs say, at most one group serves a shard at any moment; a copy's epoch only rises, and no epoch of a
/// shard is served by two groups.
/// </summary>
internal sealed class OwnershipChecker(World world) : Checker
{
    private readonly Dictionary<string, Epoch> _epochs = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Shard, ulong Epoch), string> _owners = [];

    internal override void Recorded(LogTruth log)
    {
        if (log.Shard is not { } copy)
            return;

        string name = log.Name.Value;
        if (copy.Ownership.Epoch < _epochs.GetValueOrDefault(name))
            throw new ViolationException("epochs-rise", $"{name} goes from epoch {_epochs[name]} to {copy.Ownership.Epoch}");

        _epochs[name] = copy.Ownership.Epoch;
        if (copy.Ownership.Phase == TransferPhase.Serving)
            Check(name, copy.Ownership.Epoch);
    }

    /// <summary>How many groups serve a shard.</summary>
    internal static int Serving(World world, ShardId shard) => world.Store.Logs.Count(log =>
        log.Truth.Shard?.Ownership.Phase == TransferPhase.Serving && ShardOf(log.Truth.Name.Value) == shard.ToString());

    private void Check(string name, Epoch epoch)
    {
        string shard = ShardOf(name);
        if (!_owners.TryAdd((shard, epoch.Value), name) && _owners[(shard, epoch.Value)] != name)
            throw new ViolationException("one-owner-an-epoch", $"{name} and {_owners[(shard, epoch.Value)]} both serve epoch {epoch}");

        foreach (StoreImage other in world.Store.Logs)
        {
            if (other.Truth.Shard?.Ownership.Phase == TransferPhase.Serving && other.Truth.Name.Value != name
                && ShardOf(other.Truth.Name.Value) == shard)
            {
                throw new ViolationException(
                    "one-serving-group", $"{name} serves at epoch {epoch}, and {other.Truth.Name} at {other.Truth.Shard.Ownership.Epoch}");
            }
        }
    }

    private static string ShardOf(string log) => log[(log.LastIndexOf('/') + 1)..];
}
