namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// The file's tables. Each log has its own table of records, with the record's number as row id: a put then appends to the end of its own
/// B-tree, and a replay reads neighbours. One table for all logs was measured to cost more at every put (ADR 17). Small records of many
/// logs wait in the journal until many of them are moved there at once (ADR 26).
/// </summary>
internal static class SqliteSchema
{
    /// <summary>Distinguishes the file from another application's: "OSHL".</summary>
    internal const int ApplicationId = 0x4F53484C;

    /// <summary>Rises with every change of the tables.</summary>
    internal const int Version = 2;

    /// <summary>A file of this version has no journal, and gets one when it is opened.</summary>
    internal const int VersionWithoutJournal = 1;

    /// <summary>SQLite's default, and the fastest here: a small record costs one page of WAL.</summary>
    internal const int PageBytes = 4096;

    internal const string PutChunk = "insert or replace into chunks (log, idx, term, number, bytes) values (?1, ?2, ?3, ?4, ?5)";

    /// <summary>Changes one row if it is the newest, else none.</summary>
    internal const string Publish = """
        insert into checkpoints as newest (log, idx, term, manifest) values (?1, ?2, ?3, ?4)
        on conflict (log) do update set idx = excluded.idx, term = excluded.term, manifest = excluded.manifest
        where newest.idx < excluded.idx
        """;

    internal const string DropChunks = """
        delete from chunks where (log, idx, term, number) in
            (select log, idx, term, number from chunks where log = ?1 and idx < ?2 limit ?3)
        """;

    /// <summary>Brings a file of <see cref="VersionWithoutJournal"/> to this version.</summary>
    internal static readonly string CreateJournal = string.Create(CultureInfo.InvariantCulture, $"""
        create table journal (number integer primary key, bytes blob not null);
        pragma user_version = {Version}
        """);

    internal static readonly string Create = string.Create(CultureInfo.InvariantCulture, $"""
        pragma application_id = {ApplicationId};
        create table logs (id integer primary key, name text not null unique);
        create table checkpoints (log integer primary key, idx integer not null, term integer not null, manifest blob not null);
        create table chunks (
            log integer not null, idx integer not null, term integer not null, number integer not null, bytes blob not null,
            primary key (log, idx, term, number)) without rowid;
        {CreateJournal}
        """);

    internal static string RecordsOf(long log) => string.Create(CultureInfo.InvariantCulture, $"records_{log}");

    internal static string CreateRecords(long log) => $"create table {RecordsOf(log)} (idx integer primary key, bytes blob not null)";
}
