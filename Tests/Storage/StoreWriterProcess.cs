using System.Diagnostics;
using System.Globalization;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Directory;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage;

/// <summary>
/// A process of its own that has a store open, to be killed or stopped: it prints a line for each put. It is this very
/// program, with a start-up hook that runs before its ordinary entry point. (A module initializer would not do: other
/// threads wait until it ends.)
/// </summary>
internal sealed class StoreWriterProcess : IDisposable
{
    internal const int Logs = 4;
    internal const ulong RaceLength = 500;
    internal const string DirectoryVariable = "ORLEANSSHARDS_TEST_STORE_WRITER";

    private const string RoleVariable = "ORLEANSSHARDS_TEST_STORE_WRITER_ROLE";

    private readonly Process _process;

    internal StoreWriterProcess(string directory, StoreWriterRole role = StoreWriterRole.Sqlite)
    {
        var program = Path.ChangeExtension(typeof(StoreWriterProcess).Assembly.Location, OperatingSystem.IsWindows() ? "exe" : null);
        _process = Process.Start(new ProcessStartInfo(program)
        {
            Environment =
            {
                [DirectoryVariable] = directory,
                [RoleVariable] = role.ToString(),
                ["DOTNET_STARTUP_HOOKS"] = typeof(StoreWriterProcess).Assembly.Location,
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    internal int Id => _process.Id;

    /// <summary>The next acknowledgement; null at the end of what a killed process had printed.</summary>
    internal async Task<(LogName Log, LogIndex Index)?> NextAcknowledgedAsync(CancellationToken cancellationToken)
    {
        // A line that the kill has cut has no end, and does not count.
        return (await NextLineAsync(cancellationToken))?.Split(' ') is not [var log, var index, "."]
            ? null
            : (new LogName(log), new LogIndex(ulong.Parse(index, CultureInfo.InvariantCulture)));
    }

    /// <summary>The next line; null at the end.</summary>
    internal async Task<string?> NextLineAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken);

    /// <summary>Starts what waits for others that are to do it at the same time.</summary>
    internal void Begin()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
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

    /// <summary>What the process does; it ends here or by a signal.</summary>
    internal static async Task RunAsync(string directory)
    {
        var role = Enum.Parse<StoreWriterRole>(Environment.GetEnvironmentVariable(RoleVariable)!);
        await using ILogStore store = role == StoreWriterRole.Sqlite
            ? await SqliteLogStore.OpenAsync(new SqliteLogStoreOptions { Directory = directory })
            : await DirectoryLogStore.OpenAsync(new DirectoryLogStoreOptions
            {
                Directory = directory,
                Faults = role != StoreWriterRole.DirectoryStopper
                    ? null
                    : new() { BeforeLink = (_, _) => PosixSignals.StopThisProcess() },
            });
        await (role switch
        {
            StoreWriterRole.Sqlite or StoreWriterRole.Directory => Task.WhenAll(
                Enumerable.Range(0, Logs).Select(number => WriteForEverAsync(store, new LogName($"log/{number}")))),
            StoreWriterRole.DirectoryRacer => RaceAsync(store),
            StoreWriterRole.DirectoryStopper => PutOnceAsync(store),
        });
        Environment.Exit(0);
    }

    private static async Task WriteForEverAsync(ILogStore store, LogName log)
    {
        var (records, _) = await store.ReadAsync(log, LogIndex.None, int.MaxValue);
        for (var index = records.Count == 0 ? new LogIndex(1) : records[^1].Index.Next(); ; index = index.Next())
        {
            var (outcome, reason) = await store.PutAsync(log, index, BytesOf(log, index));
            if (outcome != PutOutcome.Stored)
                throw new InvalidOperationException($"{log} {index}: {outcome}, {reason}");

            Console.Out.Write($"{log} {index} .\n");
        }
    }

    /// <summary>Puts each number that others put as well; a line for each that is this process's.</summary>
    private static async Task RaceAsync(ILogStore store)
    {
        Console.Out.Write("ready\n");
        Console.In.ReadLine();
        var mine = BitConverter.GetBytes(Environment.ProcessId);
        for (var index = 1UL; index <= RaceLength; index++)
        {
            var (outcome, reason) = await store.PutAsync(LogName.Master, new LogIndex(index), mine);
            if (outcome == PutOutcome.Stored)
                Console.Out.Write($"{LogName.Master} {index} .\n");
            else if (outcome != PutOutcome.Occupied)
                throw new InvalidOperationException($"{index}: {outcome}, {reason}");
        }
    }

    /// <summary>Puts record 2, in the middle of which it is stopped, and says what came of it.</summary>
    private static async Task PutOnceAsync(ILogStore store)
    {
        var (outcome, reason) = await store.PutAsync(LogName.Master, new LogIndex(2), "stopped"u8.ToArray());
        Console.Out.Write($"{outcome} {reason}\n");
    }
}

/// <summary>What a <see cref="StoreWriterProcess"/> does.</summary>
internal enum StoreWriterRole
{
    /// <summary>Writes to several logs as fast as it can, "LOG INDEX ." after each acknowledgement.</summary>
    Sqlite,

    /// <summary>The same in a directory.</summary>
    Directory,

    /// <summary>
    /// Says "ready", waits, and races for the numbers of one log of a directory: "LOG INDEX ." after each one that it got.
    /// </summary>
    DirectoryRacer,

    /// <summary>Stops itself between writing a put's temporary file and linking it.</summary>
    DirectoryStopper,
}
