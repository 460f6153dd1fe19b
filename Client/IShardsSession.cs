namespace OrleansShards.Client;

/// <summary>
/// Calls under one name with increasing sequence numbers. Each shard records the outcome of the last number: the same
/// number again returns the recorded outcome, a lower one <see cref="KeyResult.StaleSequence"/>; only a higher one is
/// executed.
/// </summary>
/// <remarks>
/// <para>Numbers must arrive in order: while one call is under way, others wait for it in order, within their own
/// deadlines. A call that was cancelled keeps its turn until it has ended or its deadline has passed.</para>
/// <para>To survive a restart: reserve a number (<see cref="ReserveSequence"/>), store it together with the call, then call
/// with <see cref="CallOptions.Sequence"/>. After a restart open the session with that number and repeat the same call
/// under it.</para>
/// <para>Reads take a number, too, and are recorded: a repetition returns what the first one read. Use the client's own
/// reads if that is not needed; they cost less.</para>
/// </remarks>
public interface IShardsSession : IKeyOperations
{
    /// <summary>The session's name.</summary>
    string ClientId { get; }

    /// <summary>The highest number that was used or reserved.</summary>
    long LastSequence { get; }

    /// <summary>
    /// Reserves the next number, for a call with <see cref="CallOptions.Sequence"/>. Numbers that are never used do no harm; a
    /// number that is used after a higher one is stale.
    /// </summary>
    long ReserveSequence();
}
