using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>Gives the copies of a move their orders, and takes their answers.</summary>
internal sealed class MoveCalls(MasterContext context)
{
    /// <summary>Gives an order where one is due.</summary>
    internal void Tell(PendingMoveCall errand, ShardMove move, MoveOrder order)
    {
        errand.Want(order);
        if (errand.IsDone || errand.IsAsked || (errand.NextAt is { } at && context.Now < at))
        {
            return;
        }

        errand.IsAsked = true;
        errand.NextAt = context.Now + context.Config.MoveOrderInterval;
        DriveMove request = new(
            context.Term, move.Id, move.Source, move.Target, order,
            order == MoveOrder.Commit ? move.Granted : Epoch.None);
        context.Calls.Open(
            NodeAddress.Of(errand.Copy, move.Shard), request, new MasterCall.Ordered(errand, order),
            context.Now + context.Config.MoveOrderLimit, context.Output.Effects);
    }

    /// <summary>An order was answered, or was not; an earlier one's answer says nothing about the present one.</summary>
    internal void Answered(PendingMoveCall errand, MoveOrder order, Message? reply)
    {
        if (order != errand.Order)
        {
            return;
        }

        errand.IsAsked = false;
        MoveRun? run = context.MoveRuns.GetValueOrDefault(errand.Move.Shard.Value);
        run = run is not null && (run.Target == errand || run.Source == errand) ? run : null;
        errand.IsDone = IsDone(errand, order, reply, run?.Move.Granted ?? Epoch.None);
        if (run?.Target == errand && reply is MoveProgress progress && progress.Move == errand.Move.Id)
        {
            run.Heard(progress, context.Now);
        }
        else if (run is not null && !errand.IsDone)
        {
            run.Obstacle = Obstacle(errand, reply);
        }
    }

    private static bool IsDone(PendingMoveCall errand, MoveOrder order, Message? reply, Epoch granted) => reply switch
    {
        MoveProgress progress when progress.Move == errand.Move.Id => order switch
        {
            MoveOrder.Copy => false,
            MoveOrder.Commit => progress.Step
                == (errand.Copy == errand.Move.Target ? MoveStep.Serving : MoveStep.Released),
            MoveOrder.Abort => progress.Step == MoveStep.Discarded,
        },
        // It has given the shard on since: what it was to do is behind it.
        ShardRefusal { Kind: ShardRefusalKind.Moved } refusal when order == MoveOrder.Commit =>
            granted > Epoch.None && refusal.Epoch >= granted && refusal.Owner != errand.Copy,
        ShardRefusal refusal => order == MoveOrder.Abort && refusal.Kind != ShardRefusalKind.NotReady,
        _ => false,
    };

    private static string Obstacle(PendingMoveCall errand, Message? reply) => reply switch
    {
        ShardRefusal refusal => $"{errand.Copy}: {refusal.Text}",
        MoveProgress { Obstacle: { } text } => $"{errand.Copy}: {text}",
        MoveProgress progress => $"{errand.Copy} is {progress.Step}",
        null => $"{errand.Copy} does not answer",
        _ => $"{errand.Copy} answers {reply.GetType().Name}",
    };
}
