namespace OrleansShards.Simulation.Checkers;

/// <summary>Watches a run and throws <see cref="ViolationException"/> when a rule is broken. It draws and changes nothing.</summary>
internal abstract class Checker
{
    /// <summary>A router is about to learn of something.</summary>
    internal virtual void Stepping(NodeRun run, Event happened) { }

    /// <summary>An effect of a router is about to begin.</summary>
    internal virtual void Effected(NodeRun run, Effect effect) { }

    /// <summary>A node has made a step, and its effects have begun.</summary>
    internal virtual void Stepped(NodeRun run) { }

    /// <summary>A node answers a call that it received at a moment.</summary>
    internal virtual void Answered(NodeRun run, Message reply, long since) { }

    /// <summary>A record was appended to a log.</summary>
    internal virtual void Recorded(LogTruth log) { }

    /// <summary>A second of virtual time has passed.</summary>
    internal virtual void Second() { }

    /// <summary>The run has ended without a violation so far: faults have ended, and the cluster has recovered.</summary>
    internal virtual void Ended() { }
}

/// <summary>A rule that was broken in a history.</summary>
/// <param name="Rule">The rule's short, stable name in kebab-case, such as <c>linearizable</c>.</param>
/// <param name="Text">What was seen; it may have several lines.</param>
internal sealed record Violation(string Rule, string Text);

/// <summary>A rule was broken: it ends the run.</summary>
internal sealed class ViolationException(string rule, string text) : Exception($"{rule}: {text}")
{
    internal string Rule => rule;

    /// <summary>What was seen, with the numbers.</summary>
    internal string Text => text;
}
