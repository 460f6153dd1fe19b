using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.Sqlite;

namespace OrleansShards.Tests.Storage.Disks;

/// <summary>One call fails, at any moment: what is certain afterwards, whether the store goes on, and what a restart finds.</summary>
public sealed class FailingCallTests
{
    private const int RoundsMax = 40;

    public static TheoryData<FileStore, string, string, bool> Calls
    {
        get
        {
            TheoryData<FileStore, string, string, bool> calls = [];

            // A full disk: nothing of the write is there, and later ones are tried. Anything else leaves in doubt what the disk holds.
            calls.Add(FileStore.Sqlite, "IsShort Write", "-wal", false);
            calls.Add(FileStore.Sqlite, "IsShort Write", ".db", false);
            calls.Add(FileStore.Sqlite, "Fails Write", "-wal", true);
            calls.Add(FileStore.Sqlite, "Fails Write", ".db", true);
            calls.Add(FileStore.Sqlite, "Fails Flush", "-wal", true);
            calls.Add(FileStore.Sqlite, "Fails Flush", ".db", true);

            // A file that is not whole has no name yet, and the next try writes another: only names can be in doubt.
            calls.Add(FileStore.Directory, "IsShort Write", "", false);
            calls.Add(FileStore.Directory, "Fails Write", "", false);
            calls.Add(FileStore.Directory, "Fails Flush", "", false);
            calls.Add(FileStore.Directory, "Fails Link", "", false);
            calls.Add(FileStore.Directory, "FailsWhenDone Link", "", false);
            calls.Add(FileStore.Directory, "Fails FlushNames", "/records", true);
            calls.Add(FileStore.Directory, "Fails FlushNames", "/manifests", true);
            calls.Add(FileStore.Directory, "Fails FlushNames", "/chunks", true);
            return calls;
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task CallFails_WhatWasAcknowledgedIsThere_AndInDoubtTheStoreStops(
        FileStore kind, string what, string nameEnds, bool stops)
    {
        var (fault, call) = what.Split(' ') is [var first, var second]
            ? (Enum.Parse<DiskFault>(first), Enum.Parse<DiskCall>(second))
            : throw new ArgumentException(what);
        for (var seed = 1; seed <= 4; seed++)
        {
            var context = $"{kind}, {what} {nameEnds}, seed {seed}";
            await using DiskRun run = new(kind, seed);
            await run.OpenAndCheckAsync(context);
            await run.WriteAsync(5);
            run.Disk.FailAfter(call, new Random(seed).Next(8), fault, nameEnds);
            List<string> failures = [];
            for (var round = 0; round < RoundsMax && run.Disk.Felt is null; round++)
                failures = await run.WriteAsync(20);

            Assert.True(run.Disk.Felt is not null, $"{context}: the fault was never felt");
            if (stops)
                await StoppedAsync(run, context);
            else
                Assert.True(await run.WriteAsync(3) is [], $"{context}: it does not go on after {run.Disk.Felt}");

            await RestartedAsync(run, context, failures);
        }
    }

    /// <summary>
    /// A flush of names that fails while a log's folder is made: a second flush succeeds, as the kernel has nothing left to flush, and the
    /// folder would be gone after a power cut with all that was acknowledged in it.
    /// </summary>
    [Theory]
    [InlineData("data/logs/log%2f0")]
    [InlineData("data/logs")]
    public async Task FlushFailsWhileAFolderIsMade_NothingIsAcknowledgedInIt(string folder)
    {
        await using DiskRun run = new(FileStore.Directory, seed: 1);
        await using (var store = await run.OpenStoreAsync())
        {
            run.Disk.FailAfter(DiskCall.FlushNames, 0, DiskFault.Fails, folder);
            var acknowledged = 0UL;
            for (var index = 1UL; index <= 3; index++)
            {
                var (outcome, _) = await store.PutAsync(run.Logs[0].Name, new LogIndex(index), new byte[10], DiskRun.Stop);
                acknowledged = outcome == PutOutcome.Stored ? index : acknowledged;
            }

            Assert.NotNull(run.Disk.Felt);
            Assert.Equal(0UL, acknowledged);
        }

        await run.PowerCutAsync();
        await run.OpenAndCheckAsync("after the restart");
    }

    /// <summary>
    /// 1. A pass copies the WAL's frames into the database, and flushes nothing: a reader is not done with the WAL. 2. The next pass copies
    /// the rest, and its flush fails: the kernel drops what both have copied. 3. A pass after that would copy the rest again, and remove
    /// the only file that has the first frames.
    /// </summary>
    [Fact]
    public async Task FlushFailsOfWhatTwoPassesCopied_ARestartInPlaceCopiesAllOfItAgain()
    {
        await using DiskRun run = new(FileStore.Sqlite, seed: 1);
        await run.OpenAndCheckAsync("at first");
        await run.WriteAsync(5);
        using (var reader = SqliteConnection.Open(Path.Combine(run.Data, "logs.db"), fileLayer: BadDiskLayer.Name))
        using (var copier = SqliteConnection.Open(Path.Combine(run.Data, "logs.db"), fileLayer: BadDiskLayer.Name))
        {
            copier.QueryInt64("select count(*) from sqlite_master");
            reader.Run("begin");
            reader.QueryInt64("select count(*) from sqlite_master");
            await run.WriteAsync(1);
            Assert.InRange(copier.CheckpointPassive(), 1, 100);
            reader.Run("commit");
        }

        run.Disk.FailAfter(DiskCall.Flush, 0, DiskFault.Fails, ".db");
        for (var round = 0; round < RoundsMax && run.Disk.Felt is null; round++)
            await run.WriteAsync(20);

        Assert.NotNull(run.Disk.Felt);
        await StoppedAsync(run, "after the flush");
        await RestartedAsync(run, "after the flush", []);
    }

    /// <summary>
    /// A pass beside commits never copies all frames. Its flush is not left to the commit thread: all writes would wait for it.
    /// </summary>
    [Fact]
    public async Task FlushFailsOfAPassThatAReaderHoldsUp_TheStoreStops()
    {
        await using DiskRun run = new(FileStore.Sqlite, seed: 1);
        await run.OpenAndCheckAsync("at first");
        await run.WriteAsync(5);
        using (var reader = SqliteConnection.Open(Path.Combine(run.Data, "logs.db"), fileLayer: BadDiskLayer.Name))
        {
            reader.Run("begin");
            reader.QueryInt64("select count(*) from sqlite_master");
            run.Disk.FailAfter(DiskCall.Flush, 0, DiskFault.Fails, ".db");
            for (var round = 0; round < 5 && run.Disk.Felt is null; round++)
                await run.WriteAsync(20);

            Assert.NotNull(run.Disk.Felt);
            reader.Run("commit");
        }

        await StoppedAsync(run, "after the flush");
        await RestartedAsync(run, "after the flush", []);
    }

    private static async Task StoppedAsync(DiskRun run, string context)
    {
        // The fault is in a background thread's call, perhaps, and the next writes find it.
        var reasons = await run.WriteAsync(200);
        Assert.True(reasons.Count == run.Logs.Length, $"{context}: a log still writes after {run.Disk.Felt}");
        Assert.All(reasons, reason => Assert.Contains(run.Data, reason, StringComparison.Ordinal));
        Assert.All(reasons, reason => Assert.Contains("look at the system's log and the disk", reason, StringComparison.Ordinal));
        foreach (var log in run.Logs)
        {
            var refusal = await Assert.ThrowsAsync<LogStoreException>(
                async () => await run.Store!.ReadAsync(log.Name, new LogIndex(1), 1, DiskRun.Stop));
            Assert.Contains("reads and writes nothing more until it is reopened", refusal.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The process starts again, and then the power is cut: a flush that was tried again may have done nothing.</summary>
    private static async Task RestartedAsync(DiskRun run, string context, List<string> failures)
    {
        var felt = run.Disk.Felt!;
        await run.CloseAsync();

        // After this the kernel shows names that the disk does not have, and a process that is started again in place believes it.
        if (felt.Contains(nameof(DiskCall.FlushNames), StringComparison.Ordinal))
            await run.PowerCutAsync();

        await run.OpenAndCheckAsync($"{context}, restarted after {felt}, {string.Join("; ", failures)}");
        Assert.Empty(await run.WriteAsync(5));
        await run.PowerCutAsync();
        await run.OpenAndCheckAsync($"{context}, after the power cut");
        Assert.Empty(await run.WriteAsync(5));
    }
}
