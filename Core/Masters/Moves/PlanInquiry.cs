using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>A plan that waits for the sources to say how much they hold.</summary>
/// <param name="caller">Who has asked for the plan.</param>
/// <param name="moves">The plan without the sizes.</param>
internal sealed class PlanInquiry(CallId caller, PlannedMove[] moves)
{
    private int _open;

    /// <summary>Asks every source, as far as there is room for more calls; the others are left unknown.</summary>
    internal void Begin(MasterContext context)
    {
        int room = Math.Max(0, context.Config.WaitingMax - context.Calls.Count);
        _open = Math.Min(room, moves.Length);
        for (int i = 0; i < _open; i++)
        {
            context.Calls.Open(
                NodeAddress.Of(moves[i].Source, moves[i].Shard), new QueryShardSize(), new MasterCall.Sized(this, i),
                context.Now + context.Config.PlanSizeLimit, context.Output.Effects);
        }

        AnswerIfComplete(context);
    }

    /// <summary>A source has said it, or has not in time.</summary>
    internal void Answered(MasterContext context, int number, Message? reply)
    {
        if (reply is ShardSize size)
            moves[number] = moves[number] with { Bytes = size.Bytes };

        _open--;
        AnswerIfComplete(context);
    }

    private void AnswerIfComplete(MasterContext context)
    {
        if (_open == 0)
            context.AnswerFromLog(caller, () => new MovePlan([.. moves]));
    }
}
