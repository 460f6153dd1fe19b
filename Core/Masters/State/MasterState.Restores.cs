namespace OrleansShards.Core.Masters;

// A restore of the whole cluster: one decision for all shards.
public sealed partial class MasterState
{
    /// <summary>The newest restore; <see cref="RestoreStatus.None"/> before the first.</summary>
    public RestoreStatus NewestRestore { get; private set; } = RestoreStatus.None;

    /// <summary>Why a step of a restore makes no sense; null where it does.</summary>
    internal MasterOutcome.Rejected? RejectRestore(MasterEntry.RestoreChanged step) => step.Command switch
    {
        RestoreCommand.Begin => NewestRestore.Phase == RestorePhase.Committed
            ? WrongState($"the cluster was restored from backup {NewestRestore.Backup} already; expected a fresh cluster")
            : null,
        RestoreCommand.Commit => NewestRestore.Restore != step.Restore || NewestRestore.Phase == RestorePhase.Aborted
            ? WrongState($"restore {step.Restore} {WhyOver(step.Restore)}")
            : null,
        RestoreCommand.Abort => NewestRestore.Restore != step.Restore || NewestRestore.Phase == RestorePhase.Committed
            ? WrongState($"restore {step.Restore} {WhyOver(step.Restore)}")
            : null,
        RestoreCommand.Query or _ => WrongState("a restore is begun, committed or given up"),
    };

    private string WhyOver(RestoreId asked) =>
        asked > NewestRestore.Restore ? "was never begun"
        : asked < NewestRestore.Restore ? $"is over: restore {NewestRestore.Restore} has begun since"
        : NewestRestore.Phase == RestorePhase.Committed ? "is committed"
        : "was given up";

    private MasterOutcome Change(MasterEntry.RestoreChanged step)
    {
        if (RejectRestore(step) is { } rejected)
            return rejected;

        NewestRestore = step.Command switch
        {
            RestoreCommand.Begin => new RestoreStatus(NewestRestore.Restore.Next(), RestorePhase.Receiving, step.Backup),
            RestoreCommand.Commit => NewestRestore with { Phase = RestorePhase.Committed },
            _ => NewestRestore with { Phase = RestorePhase.Aborted },
        };
        return new MasterOutcome.Restored(NewestRestore);
    }
}
