namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// What tests make go wrong in a <see cref="SqliteLogStore"/>; without it nothing here costs more than a null check.
/// </summary>
internal sealed class SqliteFaults
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

    /// <summary>Waited for before each batch is taken, so that a test decides what is in one commit.</summary>
    internal ManualResetEventSlim TakeGate { get; } = new(initialState: true);

    /// <summary>The next commit is not tried, and reported as failed with this SQLite code.</summary>
    internal void FailNextInsteadOfCommit(int code) => Volatile.Write(ref _insteadOfCommit, code);

    /// <summary>The next commit is done, and reported as failed with this SQLite code.</summary>
    internal void FailNextAfterCommit(int code) => Volatile.Write(ref _afterCommit, code);

    internal void BeforeTake(SqliteConnection writer)
    {
        TakeGate.Wait();
        SqliteOpening.SetPagesMax(writer, PagesMax == 0 ? int.MaxValue : PagesMax);
    }

    internal int TakeInsteadOfCommit() => Interlocked.Exchange(ref _insteadOfCommit, 0);

    internal int TakeAfterCommit() => Interlocked.Exchange(ref _afterCommit, 0);
}
