namespace OrleansShards.Storage.Sqlite;

/// <summary>Opens the file's connections, after it was made sure that the file is ours, whole, and on the disk.</summary>
internal static class SqliteOpening
{
    /// <summary>Opens the writer's connection, the first one.</summary>
    internal static SqliteConnection OpenWriter(SqliteLogStoreOptions options)
    {
        SqliteFile.CreateOrCheck(options.DatabasePath);
        var wal = new FileInfo(options.DatabasePath + "-wal");
        var wasKilled = wal.Exists && wal.Length > 0;
        if (wasKilled && options.Synchronous == SqliteSynchronous.Full)
            WalFile.Check(wal.FullName);

        var connection = Open(options);
        try
        {
            CheckWhole(options, connection, wasKilled);

            // What a killed process has left in the WAL can be read now but may never have been flushed: before anybody
            // acts upon it, it must be on the disk. And the new run's frames must not mix with remains of the old
            // one's.
            connection.CheckpointWhole();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a further connection.</summary>
    internal static SqliteConnection Open(SqliteLogStoreOptions options)
    {
        var connection = SqliteConnection.Open(options.DatabasePath);
        try
        {
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
            connection.Run("pragma secure_delete = off");

            // Frames reach the WAL only with their commit: what is not decided is never in the file.
            connection.Run("pragma cache_spill = off");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    internal static void SetPagesMax(SqliteConnection connection, int pages) =>
        connection.Run(Text($"pragma max_page_count = {pages}"));

    private static void CheckWhole(SqliteLogStoreOptions options, SqliteConnection connection, bool wasKilled)
    {
        var mebibytes = new FileInfo(options.DatabasePath).Length >> 20;
        if (!wasKilled || mebibytes > options.QuickCheckMiBMax)
            return;

        var found = connection.QueryText("pragma quick_check(1)");
        if (found != "ok")
        {
            throw new LogStoreException(
                new SqliteFailureException(SQLitePCL.raw.SQLITE_CORRUPT, found).TextFor(options.DatabasePath));
        }
    }

    private static string Text(FormattableString sql) => sql.ToString(CultureInfo.InvariantCulture);
}
