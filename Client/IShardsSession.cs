namespace OrleansShards.Client;

/// <summary>
/// Calls under one name with increasing sequence numbers. Each shard records the outcome of the last number: the same
/// number again returns the recorded outcome, a lower one <see cref="KeyResult.StaleSequence"/>; only a higher one is
/// executed.
/// </summary>
/// <remarks>
/// <para>Calls that come while one is under way wait for it, in order, within their own deadlines: numbers must arrive
/// as they rise. A call that was cancelled still holds its turn until it has ended or its deadline has passed.</para>
/// <para>To survive a restart: take a number by <see cref="ReserveSequence"/>, keep it together with what is to be done,
/// then call with <see cref="CallOptions.Sequence"/>. After a restart open the session with that number and repeat the
/// same call under it.</para>
/// <para>Reads take a number, too, and are recorded: a repetition reads what the first one did. Where that is not
/// wanted, the client's own reads cost less.</para>
/// </remarks>
public interface IShardsSession : IKeyOperations
{
    /// <summary>The session's name.</summary>
    string ClientId { get; }

    /// <summary>The highest number that was used or reserved.</summary>
    long LastSequence { get; }

    /// <summary>
    /// Takes the next number, for a call that will say it (<see cref="CallOptions.Sequence"/>). Numbers that are never
    /// used do no harm; using one after a higher one does.
    /// </summary>
    long ReserveSequence();
}
