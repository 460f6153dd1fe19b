using OrleansShards.Core;

namespace OrleansShards.Storage.Sqlite;

/// <summary>One log of the file, and what of it is known without asking SQLite.</summary>
/// <remarks>
/// This process is the only writer (<see cref="DirectoryLock"/>), so that two questions of every linearizable read and
/// of every tailing reader are answered from memory: whether there is a record after the last one, and which checkpoint
/// is the newest. Written by the writer's thread only, read by all.
/// </remarks>
internal sealed class SqliteLog(long id, LogName name)
{
    private ulong _lastIndex;
    private ulong _checkpointIndex;
    private bool _publishing;

    internal long Id { get; } = id;

    internal LogName Name { get; } = name;

    internal string Records { get; } = SqliteSchema.RecordsOf(id);

    internal string PutSql { get; } =
        $"insert into {SqliteSchema.RecordsOf(id)} (idx, bytes) values (?1, ?2) on conflict do nothing";

    internal string ReadSql { get; } = $"select idx, bytes from {SqliteSchema.RecordsOf(id)} where idx >= ?1 order by idx";

    internal string ProbeSql { get; } = $"select 1 from {SqliteSchema.RecordsOf(id)} where idx = ?1";

    /// <summary>The newest published checkpoint's.</summary>
    internal LogIndex CheckpointIndex => new(Volatile.Read(ref _checkpointIndex));

    /// <summary>
    /// Whether it is certain that no record is visible at or after <paramref name="index"/>, and then the newest
    /// checkpoint's index.
    /// </summary>
    internal bool IsPastTheEnd(LogIndex index, out LogIndex checkpoint)
    {
        // First the end, then the checkpoint: a record that is dropped in between is then covered by it.
        var past = index.Value > Volatile.Read(ref _lastIndex) && !Volatile.Read(ref _publishing);
        checkpoint = CheckpointIndex;
        return past;
    }

    /// <summary>
    /// Before the commit that may bring a record: from now on nobody is told from memory that it is not there. A commit
    /// that fails leaves the bound too high, which costs a question and no more.
    /// </summary>
    internal void MayGetRecord(LogIndex index)
    {
        if (index.Value > _lastIndex)
        {
            Volatile.Write(ref _lastIndex, index.Value);
        }
    }

    /// <summary>Before the commit that may publish a checkpoint: until it is decided, readers ask SQLite.</summary>
    internal void MayGetCheckpoint() => Volatile.Write(ref _publishing, true);

    /// <summary>After the commit, or after it was rolled back with the index that was there before.</summary>
    internal void HasCheckpoint(LogIndex index)
    {
        Volatile.Write(ref _checkpointIndex, index.Value);
        Volatile.Write(ref _publishing, false);
    }
}
