using OrleansShards.Core.Nodes;

namespace OrleansShards.Core.Shards;

internal sealed partial class MoveTarget
{
    /// <summary>The primary's order.</summary>
    internal void Order(Event.Called call, DriveMove order)
    {
        if (order.Term < (_order?.Term ?? Term.None))
        {
            _turn.Answer(call, Refusals.WrongState(
                _turn.Standing, $"the order is of term {order.Term}, and one of term {_order!.Term} is carried out"));
            return;
        }

        switch (order.Order)
        {
            case MoveOrder.Copy:
                Copy(call, order);
                break;
            case MoveOrder.Commit:
                Commit(call, order);
                break;
            case MoveOrder.Abort:
                Abort(call, order);
                break;
        }
    }

    private void Copy(Event.Called call, DriveMove order)
    {
        ShardStanding standing = _turn.Standing;
        if (standing.TakenMove == order.Move)
        {
            AnswerTaken(call, order.Move);
            return;
        }

        if (MoveRules.Stale(standing, order.Term) is { } stale)
        {
            _turn.Answer(call, stale);
        }
        else if (order.Move <= standing.EndedMove || order.Move < Staged?.Move)
        {
            _turn.Answer(call, Refusals.WrongState(standing, $"move {order.Move} is over here", standing.Other));
        }
        else if (standing.Phase is not (ShardPhase.None or ShardPhase.Released))
        {
            Answer(call, order.Move, MoveStep.Failed, "the target has the shard already");
        }
        else
        {
            (_order, _orderedAt) = (order, _turn.Now);
            if (Staged?.Move != order.Move && !_isBusy)
            {
                Begin(order);
            }

            AnswerProgress(call, order.Move);
        }
    }

    private void Commit(Event.Called call, DriveMove order)
    {
        (_order, _orderedAt) = (order, _turn.Now);
        if (_turn.Standing.TakenMove == order.Move)
        {
            AnswerTaken(call, order.Move);
        }
        else if (Staged is { } staged && staged.Move == order.Move && staged.Ready?.Granted == order.Granted)
        {
            Then(call, order, new TransferEntry.Take(order.Move, order.Granted));
        }
        else
        {
            bool isPast = _turn.Standing.EndedMove > order.Move || _turn.Standing.Epoch > order.Granted;
            Answer(call, order.Move, isPast ? MoveStep.Serving : MoveStep.Failed, isPast ? null : "the target was never ready");
        }
    }

    private void Abort(Event.Called call, DriveMove order)
    {
        _orderedAt = _turn.Now;
        if (order.Move > _turn.Standing.EndedMove)
        {
            Then(call, order, new TransferEntry.Drop(order.Move));
        }
        else
        {
            Answer(call, order.Move, MoveStep.Discarded, null);
        }
    }

    // Whoever ordered is answered by how it stands when the entry is durable.
    private void Then(Event.Called call, DriveMove order, TransferEntry.OfMove entry) => _turn.Propose(
        entry,
        _ =>
        {
            Ended(entry);
            if (_turn.Standing.TakenMove == order.Move)
            {
                AnswerTaken(call, order.Move);
            }
            else
            {
                Answer(call, order.Move, Staged is null ? MoveStep.Discarded : MoveStep.Frozen, null);
            }
        },
        refusal => _turn.Answer(call, refusal));

    private void Propose(TransferEntry.OfMove entry)
    {
        int leadership = _leadership;
        _isBusy = true;
        _turn.Propose(
            entry,
            outcome =>
            {
                _tail.Obstacle = (outcome as ShardRefusal)?.Text;
                Free(leadership, outcome is ShardRefusal ? _turn.Config.RetryInterval : TimeSpan.Zero);
                Ended(entry);
            },
            _ => Free(leadership, TimeSpan.Zero));
    }
}
