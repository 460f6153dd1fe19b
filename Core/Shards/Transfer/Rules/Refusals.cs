namespace OrleansShards.Core.Shards;

/// <summary>The refusals, each with the state that it comes from in its text.</summary>
internal static class Refusals
{
    /// <summary>Why a copy that does not serve refuses an operation that is new to it.</summary>
    internal static ShardRefusal NotServing(ShardStanding standing) => standing.Phase switch
    {
        TransferPhase.None => new(
            ShardRefusalKind.NotHeld, "this group's copy of the shard was never opened", null, standing.Epoch),
        TransferPhase.Serving => NotReady(standing, "the shard is served here: try again"),
        TransferPhase.Sealed or TransferPhase.Granted => HandingOver(standing, $"the shard is being handed over to {standing.Other}"),
        TransferPhase.Aborting => HandingOver(standing, $"the hand-over to {standing.Other} is being rolled back"),
        TransferPhase.Released => Moved(standing),
        TransferPhase.Moving => HandingOver(standing, $"the shard is being moved to {standing.Other}"),
    };

    internal static ShardRefusal Moved(ShardStanding standing) =>
        Moved(standing.Other, standing.Epoch) with { MayBeEmpty = standing.Release == ReleaseReason.Empty };

    internal static ShardRefusal Moved(GroupId? owner, Epoch epoch) =>
        new(ShardRefusalKind.Moved, $"the shard is with {owner} since epoch {epoch}", owner, epoch);

    internal static ShardRefusal HandingOver(ShardStanding standing, string text) =>
        new(ShardRefusalKind.HandingOver, text, null, standing.Epoch);

    internal static ShardRefusal NotReady(ShardStanding standing, string text) =>
        new(ShardRefusalKind.NotReady, text, null, standing.Epoch);

    internal static ShardRefusal Malformed(ShardStanding standing, string text) =>
        new(ShardRefusalKind.Malformed, text, null, standing.Epoch);

    internal static ShardRefusal WrongState(ShardStanding standing, string text, GroupId? owner = null) =>
        new(ShardRefusalKind.WrongState, $"{text} (the shard is {Name(standing)})", owner, standing.Epoch);

    internal static ShardRefusal TooLate(ShardStanding standing, Epoch meantFor) => WrongState(
        standing, $"it was meant for epoch {meantFor}, and the shard is at epoch {standing.Epoch} by now", standing.Other);

    private static string Name(ShardStanding standing) => standing.Phase switch
    {
        TransferPhase.None => "not opened here",
        TransferPhase.Serving => $"served here at epoch {standing.Epoch}",
        TransferPhase.Sealed or TransferPhase.Granted => $"prepared for {standing.Other}",
        TransferPhase.Aborting => $"rolling the hand-over to {standing.Other} back",
        TransferPhase.Released => $"with {standing.Other} since epoch {standing.Epoch}",
        TransferPhase.Moving => $"being moved to {standing.Other}",
    };
}
