namespace OrleansShards.Storage.Sqlite;

/// <summary>What tests make go wrong in a <see cref="SqliteLogStore"/>.</summary>
internal sealed class SqliteFaults : StoreFaults
{
    private int _insteadOfCommit;
    private int _afterCommit;
    private int _pagesMax;

    /// <summary>How many pages the database may have: a full disk that needs no disk. 0 for no limit.</summary>
    internal int PagesMax
    {
        get => Volatile.Read(ref _pagesMax);
        set => Volatile.Write(ref _pagesMax, value);
    }

    /// <summary>The next commit is not tried, and reported as failed with this SQLite code.</summary>
    internal void FailNextInsteadOfCommit(int code) => Volatile.Write(ref _insteadOfCommit, code);

    /// <summary>The next commit is done, and reported as failed with this SQLite code.</summary>
    internal void FailNextAfterCommit(int code) => Volatile.Write(ref _afterCommit, code);

    internal void BeforeBegin(SqliteConnection writer) =>
        SqliteOpening.SetPagesMax(writer, PagesMax == 0 ? int.MaxValue : PagesMax);

    internal void InsteadOfCommit() => FailIf(Interlocked.Exchange(ref _insteadOfCommit, 0));

    internal void AfterCommit() => FailIf(Interlocked.Exchange(ref _afterCommit, 0));

    private static void FailIf(int code)
    {
        if (code > 0)
            throw new SqliteFailureException(code, "injected by a test");
    }
}
