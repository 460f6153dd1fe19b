namespace OrleansShards.Storage.GroupCommit;

/// <summary>
/// What group commit needs from a database. What a failed commit means differs, and is decided here: whether nothing of it
/// is there for certain, and what the store may still say before that is known.
/// </summary>
internal interface ITransaction
{
    /// <summary>
    /// Carries out the next part of each write in one transaction, and returns when all of it is durable or has failed.
    /// Throws nothing. For the one commit thread.
    /// </summary>
    /// <remarks>
    /// Each write is told how many rows its statement changed (<see cref="ILogWrite.Ran"/>), and then that it is durable
    /// (<see cref="ILogWrite.Committed"/>) or why not (<see cref="ILogWrite.Fail"/>). A write that is not answered by that
    /// has more to do, and is passed in again.
    /// </remarks>
    void Commit(IReadOnlyList<ILogWrite> writes);
}
