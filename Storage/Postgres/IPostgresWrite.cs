using Npgsql;
using OrleansShards.Core;

namespace OrleansShards.Storage.Postgres;

/// <summary>A call that writes: carried out in a transaction with others, answered when that is decided.</summary>
internal interface IPostgresWrite
{
    /// <summary>The log that it writes to; null where it only waits for its turn.</summary>
    LogName? Log { get; }

    /// <summary>
    /// Where it comes in its transaction, behind its log. Every transaction locks rows in the same order, so that two of
    /// them never wait for each other.
    /// </summary>
    (ulong Index, ulong Term, int Number) Place { get; }

    /// <summary>Whether the caller has lost interest; looked at before the work begins.</summary>
    bool IsCancelled { get; }

    /// <summary>The transaction in which the work ended is durable.</summary>
    void Complete();

    /// <summary>
    /// It failed. Where <paramref name="certain"/>, the last part of the work is not done and never will be.
    /// </summary>
    void Fail(string text, bool certain);

    /// <summary>It was cancelled before it began.</summary>
    void Cancel();
}

/// <summary>A write that is a statement of its own.</summary>
internal interface IPostgresStep : IPostgresWrite
{
    /// <summary>Steps of one kind stand together in a transaction, in this order.</summary>
    int Kind { get; }

    /// <summary>The statement for the next part of the work, which is bounded.</summary>
    NpgsqlBatchCommand ToCommand(PostgresSql sql, long log);

    /// <summary>The statement was run, and changed so many rows.</summary>
    /// <returns>False where there is more to do in a later transaction.</returns>
    bool Ran(int rows);
}
