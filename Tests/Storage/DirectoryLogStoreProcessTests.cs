using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Tests.Storage;

/// <summary>Several processes with one directory, of which some are killed or stopped.</summary>
public sealed class DirectoryLogStoreProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private DirectoryLogStoreOptions Options => new() { Directory = _directory.Path };

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = 180_000)]
    public async Task ProcessesRace_EachNumberIsStoredOnceAndByWhoWasTold()
    {
        var winners = new Dictionary<LogIndex, int>();
        var racers = Enumerable.Range(0, 3).Select(_ => new StoreWriterProcess(_directory.Path, StoreWriterRole.DirectoryRacer)).ToList();
        try
        {
            foreach (var racer in racers)
                Assert.Equal("ready", await racer.NextLineAsync(Stop));

            racers.ForEach(racer => racer.Begin());
            var won = await Task.WhenAll(racers.Select(AllAcknowledgedAsync));
            foreach (var (racer, indexes) in racers.Zip(won))
                indexes.ForEach(index => Assert.True(winners.TryAdd(index, racer.Id), $"{index} was won twice"));
        }
        finally
        {
            racers.ForEach(racer => racer.Dispose());
        }

        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        var (records, _) = await store.ReadAsync(LogName.Master, LogIndex.None, int.MaxValue, Stop);
        Assert.Equal((int)StoreWriterProcess.RaceLength, records.Count);
        Assert.NotEqual(1, winners.Values.Distinct().Count());
        Assert.All(records, record => Assert.Equal(winners[record.Index], BitConverter.ToInt32(record.Bytes.Span)));
    }

    [Fact(Timeout = 180_000)]
    public async Task KilledInTheMiddle_SeveralTimes_EveryAcknowledgedRecordIsThere()
    {
        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        var acknowledged = new Dictionary<LogName, LogIndex>();
        foreach (var acknowledgements in new[] { 1, 40, 150, 333 })
        {
            await WriteUntilKilledAsync(acknowledgements, acknowledged);
            foreach (var (log, last) in acknowledged)
            {
                // Read by a process that had the directory open all the time.
                var (records, _) = await store.ReadAsync(log, LogIndex.None, int.MaxValue, Stop);
                Assert.True(records.Count >= (int)last.Value, $"{log}: {last} acknowledged, {records.Count} found");
                for (var at = 0; at < records.Count; at++)
                {
                    Assert.Equal(new LogIndex((ulong)at + 1), records[at].Index);
                    Assert.Equal(StoreWriterProcess.BytesOf(log, records[at].Index), records[at].Bytes.ToArray());
                }
            }
        }

        Assert.Equal(StoreWriterProcess.Logs, acknowledged.Count);
    }

    [Fact(Timeout = 120_000)]
    public async Task StoppedInAPut_OthersContinueAndItsPutLosesAgainstTheFence()
    {
        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        using var stopped = await StoppedInItsPutAsync();

        for (var index = 1UL; index <= 3; index++)
            Assert.Equal(PutOutcome.Stored, await PutAsync(store, index, "fence"));

        Assert.True(await store.PublishAsync(LogName.Master, new(new(3), new(2)), new byte[1], Stop));
        await store.DropAsync(LogName.Master, new LogIndex(1), [], Stop);

        PosixSignals.ContinueProcess(stopped.Id);
        Assert.StartsWith("Occupied Record 2 of log master", await stopped.NextLineAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(["fence", "fence"], await ContentAsync(store));
        Assert.Empty(TemporaryFiles());
    }

    [Fact(Timeout = 120_000)]
    public async Task StoppedInAPut_ThatNobodyElseMade_IsStoredWhenItContinues()
    {
        await using var store = await DirectoryLogStore.OpenAsync(Options, Stop);
        using var stopped = await StoppedInItsPutAsync();
        Assert.False(await store.ProbeAsync(LogName.Master, new LogIndex(2), Stop));
        Assert.Empty(await ContentAsync(store));

        PosixSignals.ContinueProcess(stopped.Id);
        Assert.Equal("Stored ", await stopped.NextLineAsync(Stop));
        Assert.Equal(["stopped"], await ContentAsync(store));
    }

    [Fact(Timeout = 120_000)]
    public async Task StoppedInAPut_ItsTemporaryFileIsCleanedUp_IsNotStored()
    {
        using var stopped = await StoppedInItsPutAsync();
        var temporary = Assert.Single(TemporaryFiles());
        await using (var store = await DirectoryLogStore.OpenAsync(Options, Stop))
        {
            Assert.Equal(PutOutcome.Stored, await PutAsync(store, 1, "other"));
            Assert.True(File.Exists(temporary), "it is not old enough to be deleted");
        }

        File.SetLastWriteTimeUtc(temporary, DateTime.UtcNow.AddHours(-1));
        await using (var store = await DirectoryLogStore.OpenAsync(Options, Stop))
        {
            Assert.Equal(PutOutcome.Occupied, await PutAsync(store, 1, "other"));
            Assert.False(File.Exists(temporary));

            PosixSignals.ContinueProcess(stopped.Id);
            Assert.StartsWith("NotStored ", await stopped.NextLineAsync(Stop), StringComparison.Ordinal);
            Assert.Equal(["other"], await ContentAsync(store));
        }
    }

    private async Task<StoreWriterProcess> StoppedInItsPutAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals have Linux's numbers here");
        var process = new StoreWriterProcess(_directory.Path, StoreWriterRole.DirectoryStopper);
        await Task.Run(() => PosixSignals.WaitUntilStopped(process.Id), Stop);
        return process;
    }

    private string[] TemporaryFiles() => Directory.GetFiles(_directory.Path, ".new-*", SearchOption.AllDirectories);

    private static async Task<PutOutcome> PutAsync(DirectoryLogStore store, ulong index, string text) =>
        (await store.PutAsync(LogName.Master, new LogIndex(index), System.Text.Encoding.UTF8.GetBytes(text), Stop)).Outcome;

    private static async Task<string[]> ContentAsync(DirectoryLogStore store)
    {
        var (records, _) = await store.ReadAsync(LogName.Master, LogIndex.None, int.MaxValue, Stop);
        return [.. records.Select(record => System.Text.Encoding.UTF8.GetString(record.Bytes.Span))];
    }

    private static async Task<List<LogIndex>> AllAcknowledgedAsync(StoreWriterProcess process)
    {
        List<LogIndex> indexes = [];
        while (await process.NextAcknowledgedAsync(Stop) is { } put)
            indexes.Add(put.Index);

        return indexes;
    }

    private async Task WriteUntilKilledAsync(int acknowledgements, Dictionary<LogName, LogIndex> acknowledged)
    {
        using var writer = new StoreWriterProcess(_directory.Path, StoreWriterRole.Directory);
        for (var count = 0; await writer.NextAcknowledgedAsync(Stop) is { } put; count++)
        {
            acknowledged[put.Log] = put.Index;
            if (count == acknowledgements)
            {
                // What it has printed until then is still read.
                writer.Kill();
            }
        }
    }
}
