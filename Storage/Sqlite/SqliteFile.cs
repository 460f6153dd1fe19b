using System.Buffers.Binary;
using SQLitePCL;

namespace OrleansShards.Storage.Sqlite;

/// <summary>Makes sure that there is a file of ours before SQLite touches it, and creates it where there is none.</summary>
internal static class SqliteFile
{
    // Where SQLite's header has them: https://www.sqlite.org/fileformat.html#the_database_header
    private const int HeaderBytes = 100;
    private const int VersionAt = 60;
    private const int ApplicationIdAt = 68;

    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>Creates the file where there is none; refuses one that is not ours, and changes nothing then.</summary>
    internal static void CreateOrCheck(string path)
    {
        if (File.Exists(path))
        {
            Check(path);
            return;
        }

        if (File.Exists(path + "-wal") && new FileInfo(path + "-wal").Length > 0)
        {
            // SQLite would delete it and start with an empty database.
            throw new LogStoreException(
                $"'{path}' is missing, but its write-ahead file '{path}-wal' is there: the database was removed. Nothing was "
                + "changed. Restore both files, or remove that one too to start empty.");
        }

        Create(path);
    }

    /// <summary>
    /// Creates the file under another name first, so that a crash in between never leaves one that is half there. The
    /// directory's entry is flushed when SQLite creates the WAL beside it, before the first commit is answered.
    /// </summary>
    private static void Create(string path)
    {
        var unfinished = path + ".new";
        foreach (var suffix in new[] { "", "-journal", "-wal", "-shm" })
            File.Delete(unfinished + suffix);

        using (var connection = SqliteConnection.Open(unfinished, create: true))
        {
            connection.Run($"pragma page_size = {SqliteSchema.PageBytes.ToString(CultureInfo.InvariantCulture)}");
            connection.Run("pragma synchronous = extra");
            connection.Run("begin");
            foreach (var sql in SqliteSchema.Create.Split(';'))
                connection.Run(sql);

            connection.Run("commit");
            connection.Run("pragma journal_mode = wal");
        }

        File.Move(unfinished, path);
    }

    private static void Check(string path)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        int length;
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            length = file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
        }

        if (length == 0)
        {
            // It is created in one step with its content, so an empty one has lost it.
            throw new LogStoreException(
                $"'{path}' is empty: its content was lost. Nothing was changed. Restore it from a copy, or remove it to "
                + "start empty.");
        }

        if (length < HeaderBytes || !header.StartsWith(Magic))
            throw new LogStoreException(new SqliteFailureException(raw.SQLITE_NOTADB, "no SQLite header").TextFor(path));

        CheckIdentity(
            path,
            BinaryPrimitives.ReadInt32BigEndian(header[ApplicationIdAt..]),
            BinaryPrimitives.ReadInt32BigEndian(header[VersionAt..]));
    }

    private static void CheckIdentity(string path, int applicationId, int version)
    {
        if (applicationId != SqliteSchema.ApplicationId)
        {
            throw new LogStoreException(
                $"'{path}' is another application's database: its application id is 0x{applicationId:x8}, expected "
                + $"0x{SqliteSchema.ApplicationId:x8}. Nothing was changed. Choose another directory or file name.");
        }

        if (version != SqliteSchema.Version)
        {
            throw new LogStoreException(
                $"'{path}' has format version {version}, expected {SqliteSchema.Version}. Nothing was changed. Open it with "
                + $"the {(version > SqliteSchema.Version ? "newer" : "older")} release that wrote it.");
        }
    }
}
