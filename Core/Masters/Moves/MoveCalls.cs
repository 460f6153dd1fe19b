using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>Gives the copies of a move their orders, and takes their answers.</summary>
internal sealed class MoveCalls(MasterContext context)
{
    /// <summary>Gives an order where one is due.</summary>
    internal void Send(PendingMoveCall pending, ShardMove move, MoveCommand order)
    {
        pending.Want(order);
        if (pending.IsDone || pending.IsAsked || (pending.NextAt is { } at && context.Now < at))
            return;

        pending.IsAsked = true;
        pending.NextAt = context.Now + context.Config.MoveOrderInterval;
        DriveMove request = new(
            context.Term, move.Id, move.Source, move.Target, order,
            order == MoveCommand.Commit ? move.Granted : Epoch.None);
        context.Calls.Open(
            NodeAddress.Of(pending.Copy, move.Shard), request, new MasterCall.Ordered(pending, order),
            context.Now + context.Config.MoveOrderLimit, context.Output.Effects);
    }

    /// <summary>An order was answered, or was not; an earlier one's answer says nothing about the present one.</summary>
    internal void Answered(PendingMoveCall pending, MoveCommand order, Message? reply)
    {
        if (order != pending.Command)
            return;

        pending.IsAsked = false;
        MoveRun? run = context.MoveRuns.GetValueOrDefault(pending.Move.Shard.Value);
        run = run is not null && (run.Target == pending || run.Source == pending) ? run : null;
        pending.IsDone = IsDone(pending, order, reply, run?.Move.Granted ?? Epoch.None);
        if (run?.Target == pending && reply is MoveProgress progress && progress.Move == pending.Move.Id)
            run.OnProgress(progress, context.Now);
        else if (run is not null && !pending.IsDone)
            run.Obstacle = Obstacle(pending, reply);
    }

    private static bool IsDone(PendingMoveCall pending, MoveCommand order, Message? reply, Epoch granted) => reply switch
    {
        MoveProgress progress when progress.Move == pending.Move.Id => order switch
        {
            MoveCommand.Copy => false,
            MoveCommand.Commit => progress.Step
                == (pending.Copy == pending.Move.Target ? MoveStep.Serving : MoveStep.Released),
            MoveCommand.Abort => progress.Step == MoveStep.Discarded,
        },
        // It has given the shard on since: what it was to do is behind it.
        ShardRefusal { Kind: ShardRefusalKind.Moved } refusal when order == MoveCommand.Commit =>
            granted > Epoch.None && refusal.Epoch >= granted && refusal.Owner != pending.Copy,
        ShardRefusal refusal => order == MoveCommand.Abort && refusal.Kind != ShardRefusalKind.NotReady,
        _ => false,
    };

    private static string Obstacle(PendingMoveCall pending, Message? reply) => reply switch
    {
        ShardRefusal refusal => $"{pending.Copy}: {refusal.Text}",
        MoveProgress { Obstacle: { } text } => $"{pending.Copy}: {text}",
        MoveProgress progress => $"{pending.Copy} is {progress.Step}",
        null => $"{pending.Copy} does not answer",
        _ => $"{pending.Copy} answers {reply.GetType().Name}",
    };
}
