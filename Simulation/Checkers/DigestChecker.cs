namespace OrleansShards.Simulation.Checkers;

/// <summary>A replica at an index, restarted or not, has bit-identically the state that the log leads to at that index.</summary>
internal sealed class DigestChecker(World world) : Checker
{
    private readonly Dictionary<Incarnation, LogIndex> _seen = [];

    internal override void Stepped(NodeRun run)
    {
        switch (run.Node)
        {
            case MasterNode master when IsNew(run, master.Role, master.Applied):
                Check(run, master.Applied, LogName.Master, master.State.Digest);
                break;
            case ShardNode shard when IsNew(run, shard.Role, shard.Applied):
                Check(run, shard.Applied, run.ShardLog, shard.State.Digest);
                break;
        }
    }

    /// <summary>Most steps apply nothing; a digest is too expensive to compute for them.</summary>
    private bool IsNew(NodeRun run, LogRole role, LogCursor applied)
    {
        if (role is LogRole.Loading or LogRole.Faulted || _seen.GetValueOrDefault(run.Id) == applied.Index)
            return false;

        _seen[run.Id] = applied.Index;
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
