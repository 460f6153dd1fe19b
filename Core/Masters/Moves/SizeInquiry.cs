using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>A request that waits for the sizes of copies before it is answered or decided.</summary>
internal abstract class SizeInquiry
{
    private int _open;

    /// <summary>A copy's size has arrived, or will not: null.</summary>
    internal void OnReply(MasterContext context, int number, Message? reply)
    {
        if (reply is ShardSize size)
            OnSize(number, size);

        _open--;
        EndIfComplete(context);
    }

    /// <summary>Asks every copy while there is room for more calls; the other sizes stay unknown.</summary>
    protected void Ask(MasterContext context, IReadOnlyList<NodeAddress> copies)
    {
        _open = Math.Min(Math.Max(0, context.Config.WaitingMax - context.Calls.Count), copies.Count);
        for (int i = 0; i < _open; i++)
            context.Call(copies[i], new QueryShardSize(), new MasterCall.Sized(this, i), context.Config.PlanSizeLimit);

        EndIfComplete(context);
    }

    protected abstract void OnSize(int number, ShardSize size);

    protected abstract void End(MasterContext context);

    private void EndIfComplete(MasterContext context)
    {
        if (_open == 0)
            End(context);
    }
}

/// <summary>A plan that waits for the sources' sizes before it is answered.</summary>
internal sealed class PlanInquiry(CallId caller, PlannedMove[] moves) : SizeInquiry
{
    internal void Begin(MasterContext context) =>
        Ask(context, [.. moves.Select(static move => NodeAddress.Of(move.Source, move.Shard))]);

    protected override void OnSize(int number, ShardSize size) => moves[number] = moves[number] with { Bytes = size.Bytes };

    protected override void End(MasterContext context) => context.AnswerFromLog(caller, () => new MovePlan([.. moves]));
}

/// <summary>
/// Groups that are to be forgotten, which is decided unless one of their copies holds something: what a client's hand-over has sealed, or
/// a move has staged, the masters' log does not know. Of more copies than half of the calls that may wait, the first are asked.
/// </summary>
internal sealed class HoldingInquiry(CallId caller, ImmutableArray<GroupId> groups, Action decide) : SizeInquiry
{
    private readonly SortedSet<int> _silent = [];
    private NodeAddress[] _copies = [];
    private NodeAddress? _holder;

    internal void Begin(MasterContext context)
    {
        IEnumerable<int> shards = Enumerable.Range(0, context.Cluster.ShardCount);
        _copies =
        [
            .. groups.SelectMany(_ => shards, static (group, shard) => NodeAddress.Of(group, new ShardId(shard)))
                .Take(Math.Max(1, context.Config.WaitingMax / 2)),
        ];
        _silent.UnionWith(Enumerable.Range(0, _copies.Length));
        Ask(context, _copies);
    }

    protected override void OnSize(int number, ShardSize size)
    {
        _silent.Remove(number);
        if (size.Holds)
            _holder ??= _copies[number];
    }

    protected override void End(MasterContext context)
    {
        if (_holder is null && _silent.Count == 0)
        {
            decide();
            return;
        }

        MasterRefusal refusal = _holder is { } holder
            ? context.Refusal(MasterRefusalKind.WrongState, $"{holder} holds or receives something: it cannot be forgotten")
            : context.Refusal(MasterRefusalKind.Unavailable, $"{_copies[_silent.Min]} does not say whether it holds anything");
        context.AnswerFromLog(caller, () => refusal);
    }
}

/// <summary>
/// A move that an operator asks for, which is decided unless the target's silo has too little room. What is not known does not refuse
/// it: a target that is full by then refuses it when it begins.
/// </summary>
internal sealed class RoomInquiry(CallId caller, ShardId shard, GroupId source, GroupId target, Action decide) : SizeInquiry
{
    private long? _bytes;
    private long? _room;

    internal void Begin(MasterContext context) => Ask(context, [NodeAddress.Of(source, shard), NodeAddress.Of(target, shard)]);

    protected override void OnSize(int number, ShardSize size) =>
        (_bytes, _room) = number == 0 ? (size.Bytes, _room) : (_bytes, size.Room);

    protected override void End(MasterContext context)
    {
        if (DataLimits.NoRoom(_room, _bytes) is not { } text)
        {
            decide();
            return;
        }

        string reason = $"shard {shard} is not moved to {target}: {text}";
        context.AnswerFromLog(caller, () => context.Refusal(MasterRefusalKind.Unavailable, reason) with { Limit = LimitName.Silo });
    }
}
