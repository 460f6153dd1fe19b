using System.Collections.Immutable;
using OrleansShards.Client.Errors;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Silo.Api;

/// <summary>
/// Changes of members, and moves. What begins a move answers at once: the move goes on by itself, and <c>/moves</c> has it.
/// </summary>
internal static class ShardActions
{
    /// <summary>An action of which the primary itself makes the plan.</summary>
    internal static async Task<ActionOutcome> ChangeAsync<T>(ActionCall call, T arguments, Func<T, bool, Message> request)
    {
        if (call.Refusal() is { } refusal)
            return refusal;

        if (call.IsPlan)
            return await PlanAsync(call, request(arguments, true), static _ => null);

        Answer<Rebalanced> done = await call.AskAsync<Rebalanced>(request(arguments, false));
        return done.Error is { } error ? error
            : call.Done($"decided at epoch {done.Reply!.Epoch} of the shard map; the moves that it needs go on by themselves") with
            {
                Epoch = done.Reply.Epoch.Value,
            };
    }

    // The plan is made of the status. What it cannot say is whether a copy holds something of a hand-over: only the decision asks them.
    internal static async Task<ActionOutcome> ForgetAsync(ActionCall call)
    {
        ImmutableArray<GroupId> groups = call.Fields.Groups("gids");
        if (call.Refusal() is { } refusal)
            return refusal;

        if (call.IsPlan)
        {
            Answer<ClusterStatusReply> status = await call.AskAsync<ClusterStatusReply>(new QueryClusterStatus());
            return status.Error is { } error ? error : ForgetPlan(call, groups, status.Reply!);
        }

        Answer<GroupsForgotten> done = await call.AskAsync<GroupsForgotten>(new ForgetGroups(groups));
        return done.Error is { } failed ? failed : call.Done($"the cluster does not have {Listed(groups)} any more");
    }

    private static ActionOutcome ForgetPlan(ActionCall call, ImmutableArray<GroupId> groups, ClusterStatusReply status)
    {
        foreach (GroupId group in groups)
        {
            int shards = status.Config.Shards.Count(shard => shard.Value == group);
            string? why = status.Members.Contains(group) ? $"group {group} is a member; expected that it leaves before it is forgotten"
                : shards > 0 ? $"group {group} still has {(shards == 1 ? "one shard" : $"{shards} shards")}"
                : status.Moves.FirstOrDefault(move => move.Source == group || move.Target == group) is { } move
                    ? $"the move of shard {move.Shard} from {move.Source} to {move.Target} has not ended"
                    : null;
            if (why is not null)
                return new ErrorReply(ErrorCode.PreconditionFailed, why);
        }

        ImmutableArray<GroupId> known = [.. groups.Where(status.Config.Groups.Contains)];
        return call.Done(known.IsEmpty
            ? $"the cluster does not have {Listed(groups)}: nothing would change"
            : $"{Listed(known)} would be forgotten, unless a copy holds something of a hand-over that is not confirmed");
    }

    private static string Listed(ImmutableArray<GroupId> groups) =>
        $"{(groups.Length == 1 ? "group" : "the groups")} {string.Join(", ", groups.Select(static group => group.Value))}";

    internal static async Task<ActionOutcome> MigrateAsync(ActionCall call)
    {
        (ShardId shard, GroupId target) = (call.Fields.Shard(), call.Fields.Group("target_gid"));
        return call.Refusal() is { } refusal ? refusal
            : call.IsPlan ? await PlanAsync(call, new PinShard(shard, target, PlanOnly: true), static _ => null)
            : Began(call, await call.AskAsync<MoveStatus>(new MigrateShard(shard, target)));
    }

    internal static async Task<ActionOutcome> UndoAsync(ActionCall call)
    {
        ShardId shard = call.Fields.Shard();
        if (call.Refusal() is { } refusal)
            return refusal;

        if (!call.IsPlan)
            return Began(call, await call.AskAsync<MoveStatus>(new UndoMove(shard)));

        Answer<MoveStatus> status = await call.AskAsync<MoveStatus>(new QueryMove(shard));
        return status switch
        {
            { Error: { } error } => error,
            { Reply.Choices.UndoRefusal: { } refused } => new ErrorReply(ErrorCode.PreconditionFailed, refused),
            { Reply.Choices.UndoTo: { } source } => await PlanAsync(
                call, new PinShard(shard, source, PlanOnly: true), static moves => moves > 0 ? null : "nothing would move"),
            { Reply.Choices: not null } => call.Done($"the newest move of shard {shard} is undone, or an undo: nothing would change"),
            { Reply: { Phase: MovePhase.Committed, IsDone: true, Source: { } back } } => await PlanAsync(
                call, new PinShard(shard, back, PlanOnly: true), static moves => moves > 0 ? null : "nothing would move"),
            { Reply: { Phase: MovePhase.None } } => new ErrorReply(
                ErrorCode.PreconditionFailed, $"shard {shard} has not been moved: there is nothing to undo"),
            _ => new ErrorReply(
                ErrorCode.PreconditionFailed, $"the newest move of shard {shard} is {MoveViews.WordOf(status.Reply!.Phase)}, not ended"),
        };
    }

    // Where the commit was faster, the shard moves back, so that in either case it is where it was, with the pin that it had there.
    internal static async Task<ActionOutcome> CancelAsync(ActionCall call)
    {
        ShardId shard = call.Fields.Shard();
        if (call.Refusal() is { } refusal)
            return refusal;

        Answer<MoveStatus> status = await call.AskAsync<MoveStatus>(new QueryMove(shard));
        if (status.Error is { } error)
            return error;

        MoveStatus move = status.Reply!;
        if (move is not { Phase: MovePhase.Copying or MovePhase.Frozen, IsDone: false, Source: { } source })
        {
            return new ErrorReply(ErrorCode.PreconditionFailed, move.Phase == MovePhase.Committed && !move.IsDone
                ? $"the move of shard {shard} to {move.Target} is decided: undo it when it has ended"
                : $"shard {shard} is not being moved: there is nothing to cancel");
        }

        if (move.Choices?.CancelRefusal is { } refused)
            return new ErrorReply(ErrorCode.PreconditionFailed, refused);

        string pinned = move.Choices is { RestoresPin: true } ? ", pinned as before" : "";
        if (call.IsPlan)
        {
            string kept = $"the move of shard {shard} from {source} to {move.Target} would be given up, and {source} would keep it{pinned}";
            return call.Done(kept) with { Move = MoveViews.Status(move) };
        }

        Answer<MoveStatus> turned = await call.AskAsync<MoveStatus>(new MigrateShard(shard, source) { Cancels = true });
        return turned.Error is { } failed ? failed
            : call.Done(turned.Reply!.IsDone
                ? $"the move of shard {shard} to {move.Target} is given up; {source} keeps it{pinned}"
                : $"the move of shard {shard} to {move.Target} was decided meanwhile; it moves back to {source}{pinned}") with
            {
                Move = MoveViews.Status(turned.Reply),
            };
    }

    private static ActionOutcome Began(ActionCall call, Answer<MoveStatus> answer)
    {
        if (answer.Error is { } error)
            return error;

        MoveStatus move = answer.Reply!;
        return call.Done(move.IsDone
            ? $"shard {move.Shard} is at {move.Target?.ToString() ?? move.Source?.ToString() ?? "its group"}"
            : $"shard {move.Shard} moves from {move.Source} to {move.Target}; the move goes on by itself") with
        {
            Move = MoveViews.Status(move),
        };
    }

    private static async Task<ActionOutcome> PlanAsync(ActionCall call, Message request, Func<int, string?> instead)
    {
        Answer<MovePlan> plan = await call.AskAsync<MovePlan>(request);
        if (plan.Error is { } error)
            return error;

        PlannedMoveView[] moves = [.. plan.Reply!.Moves.Select(MoveViews.Planned)];
        long bytes = moves.Sum(static move => move.Bytes ?? 0);
        string text = instead(moves.Length) ?? moves.Length switch
        {
            0 => "nothing would move",
            1 => $"one shard would move, {bytes} bytes",
            var count => $"{count} shards would move, {bytes} bytes in all",
        };
        return call.Done(text) with { Moves = moves };
    }
}
