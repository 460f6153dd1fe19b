using System.Collections.Concurrent;
using OrleansShards.Core;

namespace OrleansShards.Storage.Sqlite;

/// <summary>
/// The logs that the file has, by name. A log is listed here once the commit that created it is done.
/// </summary>
internal sealed class SqliteLogs
{
    private readonly ConcurrentDictionary<LogName, SqliteLog> _byName = new();

    internal IEnumerable<SqliteLog> All => _byName.Values;

    internal SqliteLog? Find(LogName name) => _byName.GetValueOrDefault(name);

    internal void Add(SqliteLog log) => _byName[log.Name] = log;

    /// <summary>Fills this from the file when it is opened.</summary>
    internal void Load(SqliteConnection connection)
    {
        using var logs = connection.Prepare("select id, name from logs");
        while (logs.Step())
        {
            Add(new SqliteLog(logs.Int64(0), new LogName(logs.Text(1))));
        }

        foreach (var log in All)
        {
            log.MayGetRecord(new LogIndex((ulong)connection.QueryInt64($"select max(idx) from {log.Records}")));
        }

        var byId = All.ToDictionary(log => log.Id);
        using var checkpoints = connection.Prepare("select log, idx from checkpoints");
        while (checkpoints.Step())
        {
            byId[checkpoints.Int64(0)].HasCheckpoint(new LogIndex((ulong)checkpoints.Int64(1)));
        }
    }
}
