using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Processes;

/// <summary>Reads every log of a data directory from its checkpoint on, and verifies each record against the one before.</summary>
internal static class StoredLogs
{
    /// <summary>How many records were verified.</summary>
    internal static async Task<long> VerifyAsync(string directory)
    {
        await using SqliteLogStore store = await SqliteLogStore.OpenAsync(
            new SqliteLogStoreOptions { Directory = directory }, TestContext.Current.CancellationToken);
        long verified = 0;
        foreach (LogName log in await store.ListAsync(TestContext.Current.CancellationToken))
            verified += await VerifyAsync(store, log);

        return verified;
    }

    private static async Task<long> VerifyAsync(SqliteLogStore store, LogName log)
    {
        LogCursor at = LogCursor.Start;
        WriterId? opener = null;
        if (await store.ReadManifestAsync(log, TestContext.Current.CancellationToken) is { } bytes)
        {
            CheckpointManifest manifest = CheckpointManifest.Decode(bytes.Span);
            (at, opener) = (manifest.Cursor, manifest.Opener);
        }

        long verified = 0;
        while (true)
        {
            (IReadOnlyList<StoredRecord> records, _) = await store.ReadAsync(
                log, at.Index.Next(), 1 << 20, TestContext.Current.CancellationToken);
            foreach (StoredRecord stored in records)
            {
                LogRecord record = RecordCodec.Decode(at, opener, stored);
                opener = record.Kind == RecordKind.TermStart ? record.Writer : opener;
                at = record.After;
                verified++;
            }

            if (records.Count == 0)
                return verified;
        }
    }
}
