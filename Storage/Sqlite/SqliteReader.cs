namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// The thread that reads, on a connection of its own: in WAL mode it never waits for the writer, and a long replay
/// never holds up a commit. Each read begins after it was asked, and so sees every commit that was answered before.
/// </summary>
internal sealed class SqliteReader(
    SqliteLogStoreOptions options, SqliteConnection connection, StoreHealth health, CallQueue<ISqliteRead> queue)
{
    /// <summary>Serves until the queue is closed and empty, then closes the connection.</summary>
    internal void Serve()
    {
        while (queue.Wait())
        {
            foreach (var (read, _) in queue.Take())
            {
                Execute(read);
            }
        }

        connection.Dispose();
    }

    private void Execute(ISqliteRead read)
    {
        if (health.Broken is { } text)
        {
            read.Fail(text);
            return;
        }

        try
        {
            read.Execute(connection);
        }
        catch (Exception exception)
        {
            read.Fail(exception is SqliteFailureException failure
                ? failure.TextFor(options.DatabasePath)
                : $"Reading '{options.DatabasePath}' met what should not be possible, please report it: {exception}");
        }
    }
}
