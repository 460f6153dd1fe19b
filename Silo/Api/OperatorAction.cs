using OrleansShards.Client.Errors;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Silo.Api;

/// <summary>What an operator may have done: the route's name, a sentence, the type of the arguments, and how it is carried out.</summary>
internal sealed record OperatorAction(
    string Name, string Summary, Type Arguments, Func<ActionCall, Task<ActionOutcome>> RunAsync)
{
    /// <summary>All actions, in the order of the docs.</summary>
    internal static readonly IReadOnlyList<OperatorAction> All =
    [
        new("switchover", "The planned change of the primary: it hands over to its shadow.", typeof(SwitchoverArguments),
            static call => MasterActions.SwitchoverAsync(call)),
        new("failover", "Deposes a master and promotes the shadow.", typeof(FailoverArguments),
            static call => MasterActions.FailoverAsync(call)),
        new("join", "Groups become members; shards move to them.", typeof(GroupsArguments),
            static call => ShardActions.ChangeAsync(call, call.Fields.Groups("gids"), static (gids, plan) => new JoinGroups(gids, plan))),
        new("leave", "Groups stop being members; their shards move to the others.", typeof(GroupsArguments),
            static call => ShardActions.ChangeAsync(call, call.Fields.Groups("gids"), static (gids, plan) => new LeaveGroups(gids, plan))),
        new("forget", "The cluster no longer has groups that have left and hold nothing.", typeof(GroupsArguments),
            static call => ShardActions.ForgetAsync(call)),
        new("move", "Pins a shard to a member: it moves there and stays.", typeof(MoveArguments),
            static call => ShardActions.ChangeAsync(
                call,
                (Shard: call.Fields.Shard(), Group: call.Fields.Group("gid")),
                static (to, plan) => new PinShard(to.Shard, to.Group, plan))),
        new("migrate", "Moves a shard to a member once; does not pin it.", typeof(MigrateArguments),
            static call => ShardActions.MigrateAsync(call)),
        new("undo", "Moves a shard back to where its last move took it from.", typeof(ShardArguments),
            static call => ShardActions.UndoAsync(call)),
        new("cancel", "Gives up a shard's move that is due or under way: the shard stays where it is.", typeof(ShardArguments),
            static call => ShardActions.CancelAsync(call)),
    ];
}

/// <summary>One request for an action.</summary>
internal sealed record ActionCall(string Name, ActionFields Fields, bool IsPlan, ClusterReader Cluster, CancellationToken Stop)
{
    /// <summary>The fault of the arguments as an outcome; null if they are right. Called when all are read.</summary>
    internal ActionOutcome? Refusal()
    {
        Fields.RefuseOthers();
        if (Fields.Fault is not { } fault)
            return null;

        return new ActionOutcome(null, new ErrorReply(ErrorCode.MalformedRequest, $"{Name}: {fault}"));
    }

    internal ActionView Done(string text) => new() { Action = Name, Plan = IsPlan, Text = text };

    internal Task<Answer<T>> AskAsync<T>(Message request)
        where T : Message => Cluster.AskAsync<T>(new ClientRequest.OfPrimary(request), ClusterReader.ActionLimit, Stop);
}

/// <summary>What an action has done, or why it has not.</summary>
internal readonly record struct ActionOutcome(ActionView? View, ErrorReply? Error)
{
    public static implicit operator ActionOutcome(ActionView view) => new(view, null);

    public static implicit operator ActionOutcome(ErrorReply error) => new(null, error);
}

/// <summary>Changes of the primary. Their plans come from the status: nothing is asked of the masters that changes anything.</summary>
internal static class MasterActions
{
    internal static async Task<ActionOutcome> SwitchoverAsync(ActionCall call)
    {
        MasterName? named = call.Fields.OptionalMaster("to");
        if (call.Refusal() is { } refusal)
            return refusal;

        Answer<ClusterStatusReply> status = await call.AskAsync<ClusterStatusReply>(new QueryClusterStatus());
        if (status.Error is { } error)
            return error;

        if (Unknown(status.Reply!, named) is { } wrong)
            return wrong;

        MasterStatus primary = status.Reply!.Masters.First(static master => master.IsPrimary);
        if ((named ?? ShadowOf(status.Reply)) is not { } to)
            return new ErrorReply(ErrorCode.PreconditionFailed, "there is no shadow that could lead");

        if (call.IsPlan)
        {
            return call.Done(to == primary.Name
                ? $"{to} leads already: nothing would change"
                : $"{primary.Name} would hand over to {to}; decisions pause for some writes to the store, 500 ms at most") with
            { Primary = to.Value };
        }

        Answer<SwitchoverReply> done = await call.AskAsync<SwitchoverReply>(new Switchover(to));
        return done.Error is { } failed ? failed
            : call.Done($"{done.Reply!.Primary} leads in term {done.Reply.Term}; decisions paused for {done.Reply.PauseMs} ms") with
            {
                Primary = done.Reply.Primary.Value,
                Term = done.Reply.Term.Value,
                PauseMs = done.Reply.PauseMs,
            };
    }

    internal static async Task<ActionOutcome> FailoverAsync(ActionCall call)
    {
        MasterName? named = call.Fields.OptionalMaster("failed_master");
        if (call.Refusal() is { } refusal)
            return refusal;

        // A primary that does not answer is what a failover is for: only the plan, and a request without a name, need its status.
        if (call.IsPlan || named is null)
        {
            Answer<ClusterStatusReply> status = await call.AskAsync<ClusterStatusReply>(new QueryClusterStatus());
            if (status.Error is { } error)
                return error with { Text = $"{error.Text}; name the master that has failed in failed_master" };

            if (Unknown(status.Reply!, named) is { } wrong)
                return wrong;

            named ??= status.Reply!.Masters.First(static master => master.IsPrimary).Name;
            if (call.IsPlan)
                return Plan(call, named.Value, status.Reply!);
        }

        Answer<FailoverReply> done = await call.AskAsync<FailoverReply>(new TriggerFailover(named.Value));
        return done.Error is { } failed ? failed
            : call.Done($"{done.Reply!.NewPrimary} leads after {named} was deposed: {done.Reply.FailoverTimeMs} ms, "
                + $"{done.Reply.EntriesReplayed} entries replayed") with
            {
                Primary = done.Reply.NewPrimary.Value,
                FailoverTimeMs = done.Reply.FailoverTimeMs,
                WalEntriesReplayed = done.Reply.EntriesReplayed,
            };
    }

    private static ActionOutcome Plan(ActionCall call, MasterName failed, ClusterStatusReply status)
    {
        MasterStatus primary = status.Masters.First(static master => master.IsPrimary);
        if (primary.Name != failed)
            return new ErrorReply(ErrorCode.PreconditionFailed, $"{failed} is not the primary, {primary.Name} is", primary.Name);

        FailoverEstimate estimate = FailoverEstimates.Of(status, null, TimeSpan.Zero);
        return ShadowOf(status) is { } shadow
            ? call.Done($"{failed} would be deposed and {shadow} promoted; what {failed} has not made durable is answered as unknown"
                + (estimate.Possible ? "" : $"; but {estimate.Why}")) with
            {
                Primary = shadow.Value,
                FailoverTimeMs = estimate.RequestedMs,
            }
            : new ErrorReply(ErrorCode.PreconditionFailed, "there is no shadow that could be promoted");
    }

    private static MasterName? ShadowOf(ClusterStatusReply status) =>
        status.Masters.Where(static master => !master.IsPrimary).Select(static master => (MasterName?)master.Name).FirstOrDefault();

    private static ErrorReply? Unknown(ClusterStatusReply status, MasterName? named) =>
        named is { } name && !status.Masters.Any(master => master.Name == name)
            ? new ErrorReply(
                ErrorCode.NodeNotFound,
                $"there is no master {name}; expected one of {string.Join(", ", status.Masters.Select(static master => master.Name))}")
            : null;
}
