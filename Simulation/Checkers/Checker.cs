namespace OrleansShards.Simulation.Checkers;

/// <summary>Watches a run and throws <see cref="ViolationException"/> when its rule is broken.</summary>
internal abstract class Checker
{
    /// <summary>A node has made a step, and its effects are begun.</summary>
    internal virtual void Stepped(NodeRun run)
    {
    }

    /// <summary>A node answers a call that it took in at a moment.</summary>
    internal virtual void Answered(NodeRun run, Message reply, long since)
    {
    }

    /// <summary>A record has become durable behind a log's end.</summary>
    internal virtual void Recorded(LogTruth log)
    {
    }

    /// <summary>A second of virtual time has passed.</summary>
    internal virtual void Second()
    {
    }

    /// <summary>The run has ended well so far: everything was healed, and the cluster has recovered.</summary>
    internal virtual void Ended()
    {
    }
}
