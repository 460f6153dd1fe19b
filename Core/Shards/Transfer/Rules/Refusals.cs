namespace OrleansShards.Core.Shards;

/// <summary>The refusals; each text names the shard's state.</summary>
internal static class Refusals
{
    /// <summary>The refusal of a new operation by a copy that does not serve.</summary>
    internal static ShardRefusal NotServing(ShardOwnership ownership) => ownership.Phase switch
    {
        TransferPhase.None => new(ShardRefusalKind.NotHeld, "this group's copy of the shard was never opened", null, ownership.Epoch),
        TransferPhase.Serving => NotReady(ownership, "the shard is served here: try again"),
        TransferPhase.Sealed or TransferPhase.Granted => HandingOver(ownership, $"the shard is being handed over to {ownership.Other}"),
        TransferPhase.Aborting => HandingOver(ownership, $"the hand-over to {ownership.Other} is being rolled back"),
        TransferPhase.Released => Moved(ownership),
        TransferPhase.SealedForMove => HandingOver(ownership, $"the shard is being moved to {ownership.Other}"),
        TransferPhase.Restoring => NotReady(ownership, "the shard is being restored from a backup, and is served when all are there"),
    };

    internal static ShardRefusal Moved(ShardOwnership ownership) =>
        Moved(ownership.Other, ownership.Epoch) with { MayBeEmpty = ownership.Release == ReleaseReason.Empty };

    internal static ShardRefusal Moved(GroupId? owner, Epoch epoch) =>
        new(ShardRefusalKind.Moved, $"the shard is with {owner} since epoch {epoch}", owner, epoch);

    internal static ShardRefusal HandingOver(ShardOwnership ownership, string text) =>
        new(ShardRefusalKind.HandingOver, text, null, ownership.Epoch);

    internal static ShardRefusal AwaitsContent(ShardOwnership ownership) =>
        HandingOver(ownership, "the shard is this group's, and its content has not arrived yet");

    internal static ShardRefusal NotReady(ShardOwnership ownership, string text) =>
        new(ShardRefusalKind.NotReady, text, null, ownership.Epoch);

    internal static ShardRefusal Malformed(ShardOwnership ownership, string text) =>
        new(ShardRefusalKind.Malformed, text, null, ownership.Epoch);

    internal static ShardRefusal WrongState(ShardOwnership ownership, string text, GroupId? owner = null) =>
        new(ShardRefusalKind.WrongState, $"{text} (the shard is {Name(ownership)})", owner, ownership.Epoch);

    internal static ShardRefusal TooLate(ShardOwnership ownership, Epoch meantFor) => WrongState(
        ownership, $"it was meant for epoch {meantFor}, and the shard is at epoch {ownership.Epoch} by now", ownership.Other);

    private static string Name(ShardOwnership ownership) => ownership.Phase switch
    {
        TransferPhase.None => "not opened here",
        TransferPhase.Serving => $"served here at epoch {ownership.Epoch}",
        TransferPhase.Sealed or TransferPhase.Granted => $"prepared for {ownership.Other}",
        TransferPhase.Aborting => $"rolling the hand-over to {ownership.Other} back",
        TransferPhase.Released => $"with {ownership.Other} since epoch {ownership.Epoch}",
        TransferPhase.SealedForMove => $"being moved to {ownership.Other}",
        TransferPhase.Restoring => "being restored from a backup",
    };
}
