using OrleansShards.Storage.Directory;
using SQLitePCL;

namespace OrleansShards.Storage.Sqlite;

/// <summary>An error of SQLite. Never leaves the store: it becomes an outcome or a <see cref="LogStoreException"/>.</summary>
internal sealed class SqliteFailureException(int code, string text) : Exception(text)
{
    /// <summary>The extended code.</summary>
    internal int Code { get; } = code;
    internal int PrimaryCode => Code & 0xff;

    /// <summary>Whether nothing is wrong with the file. After any other failure only reopening it tells what the disk holds.</summary>
    internal bool IsTransient => PrimaryCode is raw.SQLITE_FULL or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_TOOBIG;

    /// <summary>What happened, for an operator, and what can be done.</summary>
    internal string TextFor(string databasePath) => $"{WhatToDo(databasePath)} (SQLite {Code}: {Message})";

    internal static string TextFor(string what, string databasePath, Exception exception) =>
        exception is SqliteFailureException failure
            ? failure.TextFor(databasePath)
            : $"{what} '{databasePath}' failed in an unexpected way, please report it: {Defect.InOneLine(exception)}";

    private string WhatToDo(string path) => PrimaryCode switch
    {
        raw.SQLITE_FULL => $"The disk that holds '{path}' is full: make room, and later writes succeed.",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            $"Another program holds '{path}' locked: end it (a database shell, a backup); only this process may write there.",
        raw.SQLITE_TOOBIG => $"A record is larger than '{path}' can take.",
        raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH =>
            $"'{path}' cannot be written: give this process the right to write to the file and its directory.",
        raw.SQLITE_CANTOPEN => $"'{path}' cannot be opened: check the path, its rights and the limit of open files.",
        raw.SQLITE_CORRUPT =>
            $"'{path}' is damaged: nothing was changed or repaired. Restore the directory from a copy, or keep it aside and "
            + "start with an empty one if another replica has the data.",
        raw.SQLITE_NOTADB => $"'{path}' is not an SQLite database: nothing was changed. Choose another directory or file name.",
        raw.SQLITE_IOERR => $"The disk failed under '{path}': look at the system's log and the disk, then start this process again.",
        raw.SQLITE_NOMEM => $"There was no memory left for '{path}': give the process more, then start it again.",
        _ => $"The operation on '{path}' failed.",
    };
}

/// <summary>The faults that a test can inject into a <see cref="SqliteLogStore"/>.</summary>
internal sealed class SqliteFaults : StoreFaults
{
    private int _insteadOfCommit;
    private int _afterCommit;
    private int _commits;
    private volatile int _pagesMax;

    /// <summary>The file layer (VFS) that stands in SQLite's own one's place; null for none.</summary>
    internal string? FileLayer { get; init; }

    /// <summary>What stands in the file system's place, for what is done to files beside SQLite.</summary>
    internal DiskCalls Calls { get; init; } = DiskCalls.System;

    /// <summary>How many transactions were to be committed so far.</summary>
    internal int Commits => Volatile.Read(ref _commits);

    /// <summary>How many pages the database may have, which simulates a full disk. 0 for no limit.</summary>
    internal int PagesMax { set => _pagesMax = value; }

    /// <summary>Whether all records go to the journal, however few.</summary>
    internal bool JournalsAll { get; init; }

    /// <summary>From how many bytes in the journal on records are settled.</summary>
    internal long BytesToSettle { get; init; } = SqliteJournal.BytesToSettle;

    /// <summary>The next commit is not tried, and reported as failed with this SQLite code.</summary>
    internal void FailNextInsteadOfCommit(int code) => Volatile.Write(ref _insteadOfCommit, code);

    /// <summary>The next commit is done, and reported as failed with this SQLite code.</summary>
    internal void FailNextAfterCommit(int code) => Volatile.Write(ref _afterCommit, code);

    internal void BeforeBegin(SqliteConnection writer) =>
        SqliteOpening.SetPagesMax(writer, _pagesMax is > 0 and var max ? max : int.MaxValue);

    internal void InsteadOfCommit()
    {
        Interlocked.Increment(ref _commits);
        FailIf(Interlocked.Exchange(ref _insteadOfCommit, 0));
    }

    internal void AfterCommit() => FailIf(Interlocked.Exchange(ref _afterCommit, 0));

    private static void FailIf(int code)
    {
        if (code > 0)
            throw new SqliteFailureException(code, "injected by a test");
    }
}
