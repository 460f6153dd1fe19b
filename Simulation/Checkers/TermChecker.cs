using OrleansShards.Core.Groups;

namespace OrleansShards.Simulation.Checkers;

/// <summary>A node never goes back to an older term. (That the logs' terms rise is seen where records are put.)</summary>
internal sealed class TermChecker : Checker
{
    private readonly Dictionary<ulong, Term> _newest = [];

    internal override void Stepped(NodeRun run)
    {
        switch (run.Node)
        {
            case GroupNode group:
                Check(run, group.Term);
                break;
            case MasterNode { Role: not (LogRole.Loading or LogRole.Faulted) } master:
                Check(run, master.Applied.Term);
                break;
        }
    }

    private void Check(NodeRun run, Term term)
    {
        Term before = _newest.GetValueOrDefault(run.Id.Value);
        if (term < before)
            throw new ViolationException("terms-rise", $"{run} goes back from term {before} to {term}");

        _newest[run.Id.Value] = term;
    }
}
