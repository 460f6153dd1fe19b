namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// How long ago each shard's newest move was committed. Kept by primary and shadow alike, so that the next primary, or the next run of
/// this one, carries the rest of the time on.
/// </summary>
internal sealed class CommitAges
{
    private readonly Dictionary<int, (MoveId Move, Instant LearnedAt, TimeSpan AgeThen)> _known = [];
    private ulong? _seen;

    internal TimeSpan AgeOf(ShardMove move, Instant now) =>
        _known.TryGetValue(move.Shard.Value, out (MoveId Move, Instant LearnedAt, TimeSpan AgeThen) commit) && commit.Move == move.Id
            ? now - commit.LearnedAt + commit.AgeThen
            : TimeSpan.Zero;

    /// <summary>Called after each step, before the log's end is known anew.</summary>
    internal void Learn(MasterContext context)
    {
        MoveTable moves = context.State.Moves;
        if (_seen == moves.Version)
            return;

        _seen = moves.Version;
        foreach (int shard in moves.Committed.Keys.Union(moves.Active.Keys))
        {
            if (moves.FindCommitted(new ShardId(shard)) is not { } move)
                continue;

            if (!_known.TryGetValue(move.Shard.Value, out (MoveId Move, Instant, TimeSpan) known) || known.Move != move.Id)
                _known[move.Shard.Value] = (move.Id, context.Now, AgeNow(context, move));
        }
    }

    // Clocks of machines may differ by minutes. What this master cannot have missed for longer is not older, whatever they show.
    private static TimeSpan AgeNow(MasterContext context, ShardMove move)
    {
        if (context.Utc - move.DecidedAt is not { } age || age < TimeSpan.Zero)
            return TimeSpan.Zero;

        TimeSpan? unread = context.Now - context.Log.EndKnownAt;
        return unread < age ? unread.Value : age;
    }
}
