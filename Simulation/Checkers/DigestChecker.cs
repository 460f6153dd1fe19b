namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// A replica at an index has the state that the log leads to at that index, to the bit: shadow and primary, a restarted
/// node and one that never stopped.
/// </summary>
internal sealed class DigestChecker(World world) : Checker
{
    private readonly Dictionary<ulong, LogIndex> _seen = [];

    internal override void Stepped(NodeRun run)
    {
        switch (run.Node)
        {
            case MasterNode master when IsNew(run, master.Role, master.Applied):
                Check(run, master.Applied, LogName.Master, master.State.Digest);
                break;
            case ShardNode shard when IsNew(run, shard.Role, shard.Applied):
                LogName log = LogName.Shard(new GroupId(run.Address.Name), new ShardId(run.Address.Number));
                Check(run, shard.Applied, log, shard.State.Digest);
                break;
        }
    }

    /// <summary>Most steps apply nothing: then there is nothing to compare, and a digest is not cheap.</summary>
    private bool IsNew(NodeRun run, LogRole role, LogCursor applied)
    {
        if (role is LogRole.Loading or LogRole.Faulted || _seen.GetValueOrDefault(run.Id.Value) == applied.Index)
            return false;

        _seen[run.Id.Value] = applied.Index;
        return true;
    }

    private void Check(NodeRun run, LogCursor applied, LogName log, ulong digest)
    {
        ulong? expected = world.Store.Of(log).Truth.DigestAt(applied.Index);
        if (expected is null)
            throw new ViolationException("applied-is-durable", $"{run} has applied record {applied.Index}, which {log} has not");

        if (digest != expected)
        {
            throw new ViolationException(
                "replicas-are-equal", $"{run} has digest {digest:x16} at record {applied.Index} of {log}, the log leads to {expected:x16}");
        }
    }
}
