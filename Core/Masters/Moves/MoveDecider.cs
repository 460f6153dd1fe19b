using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>What becomes of a seal. Pure, so that a primary can tell beforehand whether a decision is needed at all.</summary>
/// <remarks>
/// A move that is neither the shard's active one nor its newest committed one came to nothing: the next move of a shard
/// begins only when both copies of a committed one have done their part, and neither of them asks after that.
/// </remarks>
internal static class MoveDecider
{
    /// <summary>What is decided about a seal already; null where nothing is.</summary>
    /// <param name="active">The shard's active move.</param>
    /// <param name="committed">The shard's newest committed move, ended or not.</param>
    /// <param name="move">The move that is asked about; the log has begun it.</param>
    /// <param name="granted">The seal.</param>
    internal static MoveDecision? Known(ShardMove? active, ShardMove? committed, MoveId move, Epoch granted)
    {
        if (committed?.Id == move)
        {
            // A seal before the committed one was cancelled, or the source could not have sealed anew. One after it
            // cannot be; that the source must not serve is what is certain.
            return granted < committed.Granted ? MoveDecision.Cancelled : MoveDecision.Committed;
        }

        return active?.Id != move ? MoveDecision.Aborted
            : granted <= active.CancelledUpTo ? MoveDecision.Cancelled
            : null;
    }

    /// <summary>Whether an undecided seal may be committed over the shard map's entry.</summary>
    internal static bool MayCommit(ShardMove active, ShardEntry entry, Epoch granted) =>
        granted > entry.Epoch && entry.Owner == active.Source;
}
