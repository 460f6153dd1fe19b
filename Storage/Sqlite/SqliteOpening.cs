using System.Buffers.Binary;
using OrleansShards.Storage.Directory;
using SQLitePCL;

namespace OrleansShards.Storage.Sqlite;

/// <summary>Creates the file, or checks that it is ours, undamaged and on the disk; then opens its connections.</summary>
internal static class SqliteOpening
{
    // Offsets in SQLite's header: https://www.sqlite.org/fileformat.html#the_database_header
    private const int HeaderBytes = 100;
    private const int VersionAt = 60;
    private const int ApplicationIdAt = 68;

    /// <summary>Opens the commit thread's connection, the first one.</summary>
    internal static SqliteConnection OpenWriter(SqliteLogStoreOptions options)
    {
        CreateOrCheck(options);
        if (options.Synchronous == SqliteSynchronous.Full && !OperatingSystem.IsWindows())
        {
            var calls = options.Faults?.Calls ?? DiskCalls.System;
            AtomicFile.SyncDirectory(options.Directory, calls);
            AtomicFile.SyncAncestors(options.Directory, calls);
        }

        var wal = new FileInfo(options.DatabasePath + "-wal");
        if (wal.Exists && wal.Length > 0 && options.Synchronous == SqliteSynchronous.Full)
            WalFile.Check(wal.FullName);

        var connection = Open(options);
        try
        {
            CheckStructure(options, connection);

            // What a killed process left in the WAL can be read now but may never have been flushed: it must be on the disk
            // before a reader acts upon it. And the new run's frames must not mix with the old one's.
            connection.CheckpointWhole();
            if (connection.QueryInt64("pragma user_version") == SqliteSchema.VersionWithoutJournal)
                connection.RunInTransaction(SqliteSchema.CreateJournal);

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a further connection. It keeps the WAL when it is closed, which may be after a failure.</summary>
    /// <seealso cref="WalKeeper"/>
    internal static SqliteConnection Open(SqliteLogStoreOptions options)
    {
        var connection = SqliteConnection.Open(options.DatabasePath, fileLayer: options.Faults?.FileLayer);
        try
        {
            connection.KeepWalWhenClosed(true);
            connection.Run(Text($"pragma busy_timeout = {options.BusyTimeoutMs}"));
            var journal = connection.QueryText("pragma journal_mode = wal");
            if (journal != "wal")
            {
                throw new LogStoreException(
                    $"'{options.DatabasePath}' cannot be used with a write-ahead log (it is in mode '{journal}'): the directory "
                    + "must be on a local disk that this process may write to.");
            }

            connection.Run($"pragma synchronous = {options.Synchronous.ToString().ToLowerInvariant()}");
            connection.Run(Text($"pragma cache_size = -{options.CacheMiB * 1024}"));
            connection.Run("pragma wal_autocheckpoint = 0");
            connection.Run(Text($"pragma journal_size_limit = {options.WalBytesKept}"));
            connection.Run("pragma secure_delete = off");

            // A statement that changes many rows keeps what it may have to undo in memory, not in a file of the system.
            connection.Run("pragma temp_store = memory");

            // Frames reach the WAL only with their commit: an undecided transaction is never in the file.
            connection.Run("pragma cache_spill = off");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Creates the file if it is missing; refuses one that is not ours without changing it.</summary>
    internal static void CreateOrCheck(SqliteLogStoreOptions options)
    {
        var path = options.DatabasePath;
        if (File.Exists(path))
        {
            Check(path);
            PrivateFiles.Close(path);
            return;
        }

        if (File.Exists(path + "-wal") && new FileInfo(path + "-wal").Length > 0)
        {
            // SQLite would delete it and start with an empty database.
            throw new LogStoreException(
                $"'{path}' is missing, but its write-ahead file '{path}-wal' is there: the database was removed. Nothing was "
                + "changed. Restore both files, or remove that one too to start empty.");
        }

        Create(path, options.Faults);
    }

    /// <summary>
    /// Creates the file under another name first, so that a crash never leaves an incomplete one.
    /// </summary>
    private static void Create(string path, SqliteFaults? faults)
    {
        var calls = faults?.Calls ?? DiskCalls.System;
        var unfinished = path + ".new";
        foreach (var suffix in new[] { "", "-journal", "-wal", "-shm" })
            calls.Delete(unfinished + suffix);

        // SQLite gives the files beside it the same mode.
        PrivateFiles.Create(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None).Dispose();
        using (var connection = SqliteConnection.Open(unfinished, fileLayer: faults?.FileLayer))
        {
            connection.Run(Text($"pragma page_size = {SqliteSchema.PageBytes}"));
            connection.Run("pragma synchronous = extra");
            connection.RunInTransaction(SqliteSchema.Create);
            connection.Run("pragma journal_mode = wal");
        }

        calls.Rename(unfinished, path);
    }

    private static void Check(string path)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var length = file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
        if (length == 0)
        {
            // The file is created together with its content, so an empty one has lost it.
            throw new LogStoreException(
                $"'{path}' is empty: its content was lost. Nothing was changed. Restore it from a copy, or remove it to "
                + "start empty.");
        }

        if (length < HeaderBytes || !header.StartsWith("SQLite format 3\0"u8))
            throw new LogStoreException(new SqliteFailureException(raw.SQLITE_NOTADB, "no SQLite header").TextFor(path));

        var applicationId = BinaryPrimitives.ReadInt32BigEndian(header[ApplicationIdAt..]);
        if (applicationId != SqliteSchema.ApplicationId)
        {
            throw new LogStoreException(
                $"'{path}' is another application's database: its application id is 0x{applicationId:x8}, expected "
                + $"0x{SqliteSchema.ApplicationId:x8}. Nothing was changed. Choose another directory or file name.");
        }

        var version = BinaryPrimitives.ReadInt32BigEndian(header[VersionAt..]);
        if (version is not (SqliteSchema.Version or SqliteSchema.VersionWithoutJournal))
        {
            throw new LogStoreException(
                $"'{path}' has format version {version}, expected {SqliteSchema.Version}. Nothing was changed. Open it with "
                + $"the {(version > SqliteSchema.Version ? "newer" : "older")} release that wrote it.");
        }
    }

    internal static void SetPagesMax(SqliteConnection connection, int pages) =>
        connection.Run(Text($"pragma max_page_count = {pages}"));

    // Where a page or a key is damaged, some rows are not found. Of chunks that is noticed when they are read; a record that is not found
    // is the log's end.
    private static void CheckStructure(SqliteLogStoreOptions options, SqliteConnection connection)
    {
        if (new FileInfo(options.DatabasePath).Length <= (long)options.QuickCheckMiBMax << 20)
        {
            CheckStructure(options, connection, "1");
            return;
        }

        List<string> tables = [];
        using (var names = connection.Prepare("select name from sqlite_schema where type = 'table' and name <> 'chunks'"))
        {
            while (names.Step())
                tables.Add(names.Text(0));
        }

        tables.ForEach(table => CheckStructure(options, connection, table));
    }

    private static void CheckStructure(SqliteLogStoreOptions options, SqliteConnection connection, string what)
    {
        var found = connection.QueryText($"pragma quick_check({what})");
        if (found != "ok")
            throw new LogStoreException(new SqliteFailureException(raw.SQLITE_CORRUPT, found).TextFor(options.DatabasePath));
    }

    private static string Text(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
