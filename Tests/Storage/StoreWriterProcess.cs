using System.Diagnostics;
using System.Globalization;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage;

/// <summary>
/// A process of its own that has a store open, to be killed: it writes to several logs as fast as it can and prints
/// "LOG INDEX" after each acknowledgement. It is this very program, with a start-up hook that runs before its ordinary
/// entry point. (A module initializer would not do: other threads wait until it ends.)
/// </summary>
internal sealed class StoreWriterProcess : IDisposable
{
    internal const int Logs = 4;
    internal const string DirectoryVariable = "ORLEANSSHARDS_TEST_STORE_WRITER";

    private readonly Process _process;

    internal StoreWriterProcess(string directory)
    {
        var program = Path.ChangeExtension(typeof(StoreWriterProcess).Assembly.Location, OperatingSystem.IsWindows() ? "exe" : null);
        _process = Process.Start(new ProcessStartInfo(program)
        {
            Environment =
            {
                [DirectoryVariable] = directory,
                ["DOTNET_STARTUP_HOOKS"] = typeof(StoreWriterProcess).Assembly.Location,
            },
            RedirectStandardOutput = true,
        })!;
    }

    internal int Id => _process.Id;

    /// <summary>The next acknowledgement; null at the end of what a killed process had printed.</summary>
    internal async Task<(LogName Log, LogIndex Index)?> NextAcknowledgedAsync(CancellationToken cancellationToken)
    {
        // A line that the kill has cut has no end, and does not count.
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        return line?.Split(' ') is not [var log, var index, "."]
            ? null
            : (new LogName(log), new LogIndex(ulong.Parse(index, CultureInfo.InvariantCulture)));
    }

    /// <summary>SIGKILL: nothing of the process's own runs after it.</summary>
    internal void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    /// <summary>What a record has: its length says more about tears if it differs from record to record.</summary>
    internal static byte[] BytesOf(LogName log, LogIndex index)
    {
        var bytes = new byte[1 + (((index.Value * 977) + (ulong)log.Value.Length) % 9000)];
        new Random((int)index.Value).NextBytes(bytes);
        return bytes;
    }

    internal static async Task WriteForEverAsync(string directory)
    {
        await using var store = await SqliteLogStore.OpenAsync(new SqliteLogStoreOptions { Directory = directory });
        await Task.WhenAll(Enumerable.Range(0, Logs).Select(number => WriteAsync(store, new LogName($"log/{number}"))));
    }

    private static async Task WriteAsync(SqliteLogStore store, LogName log)
    {
        var (records, _) = await store.ReadAsync(log, LogIndex.None, int.MaxValue);
        for (var index = records.Count == 0 ? new LogIndex(1) : records[^1].Index.Next(); ; index = index.Next())
        {
            var (outcome, reason) = await store.PutAsync(log, index, BytesOf(log, index));
            if (outcome != PutOutcome.Stored)
            {
                throw new InvalidOperationException($"{log} {index}: {outcome}, {reason}");
            }

            Console.Out.Write($"{log} {index} .\n");
        }
    }
}
