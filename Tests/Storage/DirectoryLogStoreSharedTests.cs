using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Tests.Storage;

/// <summary>Two stores with one directory: what one does between two steps of the other.</summary>
public sealed class DirectoryLogStoreSharedTests : IAsyncLifetime
{
    private static readonly LogName Log = LogName.Master;
    private readonly TemporaryDirectory _directory = new();
    private readonly DirectoryFaults _faults = new();
    private DirectoryLogStore _one = null!;
    private DirectoryLogStore _other = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private DirectoryLogStoreOptions Options => new() { Directory = _directory.Path, Synchronous = false };

    public async ValueTask InitializeAsync()
    {
        _one = await DirectoryLogStore.OpenAsync(Options with { Faults = _faults }, Stop);
        _other = await DirectoryLogStore.OpenAsync(Options, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Put_FourThreadsOfTwoStoresInLockstep_EachNumberIsStoredOnce()
    {
        const ulong Length = 1000;
        using var round = new Barrier(4);
        var wins = await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Factory.StartNew(
            () => Race(writer % 2 == 0 ? _one : _other, round, Length, writer),
            Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        var winners = wins.SelectMany((won, writer) => won.Select(index => (index, writer))).Order().ToArray();
        var (records, _) = await _other.ReadAsync(Log, LogIndex.None, int.MaxValue, Stop);
        Assert.Equal(Length, (ulong)winners.Length);
        Assert.Equal(winners, records.Select(record => (record.Index.Value, BitConverter.ToInt32(record.Bytes.Span))));
    }

    [Fact]
    public async Task Put_NumberIsTakenBetweenItsSteps_IsOccupied()
    {
        _faults.BeforeLink = (_, path) =>
        {
            Assert.False(File.Exists(path));
            PutAsync(_other, 1).GetAwaiter().GetResult();
        };
        var (outcome, reason) = await _one.PutAsync(Log, new LogIndex(1), new byte[1], Stop);
        Assert.Equal(PutOutcome.Occupied, outcome);
        Assert.Contains("there already", reason, StringComparison.Ordinal);
        Assert.Equal(BitConverter.GetBytes(1UL), (await _one.ReadAsync(Log, new(1), 9, Stop)).Records[0].Bytes.ToArray());
    }

    [Fact]
    public async Task Read_RecordsAreDroppedBetweenTwoOfIt_ShowsOneMoment()
    {
        await PutAllAsync(6);
        DropOnceBefore(record: 3, upTo: 4, keep: []);
        Assert.Equal("5,6 after 4", await ReadAsync(_one, from: 1));
    }

    [Fact]
    public async Task Read_FenceIsKeptAndTheRestDroppedBetweenTwoOfIt_ShowsOneMoment()
    {
        await PutAllAsync(6);
        DropOnceBefore(record: 4, upTo: 4, keep: [new(1), new(3)]);
        Assert.Equal("1,3,5,6 after 4", await ReadAsync(_one, from: 1));
    }

    [Fact]
    public async Task Read_EverythingIsDroppedBeforeIt_IsNoEndOfTheLog()
    {
        await PutAllAsync(4);
        DropOnceBefore(record: 2, upTo: 4, keep: []);
        Assert.Equal(" after 4", await ReadAsync(_one, from: 2));
    }

    [Fact]
    public async Task Read_BehindAGapWhileAWriterAppends_ShowsNoOtherGap()
    {
        const ulong First = 3000;
        const ulong Last = 6000;
        await Task.WhenAll(Enumerable.Range(1, (int)First).Select(index => PutAsync(_other, (ulong)index)));
        LogIndex[] all = [.. Enumerable.Range(1, (int)First).Select(index => new LogIndex((ulong)index))];
        await _other.DropAsync(Log, new LogIndex(First), [.. all.Where(index => index.Value != First - 1)], Stop);
        var writer = Task.Run(
            async () =>
            {
                for (var index = First + 1; index <= Last; index++)
                    Assert.Equal(PutOutcome.Stored, await PutAsync(_other, index));
            },
            Stop);

        // From the dropped number on, so that all are found by listing a directory that changes.
        for (var seen = 0UL; seen < Last;)
        {
            var (records, _) = await _one.ReadAsync(Log, new LogIndex(First - 1), int.MaxValue, Stop);
            seen = records[^1].Index.Value;
            Assert.Equal(First, records[0].Index.Value);
            Assert.Equal(seen, First + (ulong)records.Count - 1);
        }

        await writer;
    }

    [Fact]
    public async Task Publish_HigherOneComesBetweenItsSteps_IsNotTheNewest()
    {
        await _other.PublishAsync(Log, Checkpoint(3), "at 3"u8.ToArray(), Stop);
        _faults.BeforePublish = () => Publish(8);
        Assert.False(await _one.PublishAsync(Log, Checkpoint(5), "at 5"u8.ToArray(), Stop));
        Assert.Equal("at 8", await ManifestAsync());
        Assert.Single(Manifests());
    }

    [Fact]
    public async Task Publish_SameOneCameAndWentBetweenItsSteps_IsNotTheNewest()
    {
        // Its link succeeds: the name was taken and is free again.
        _faults.BeforePublish = () =>
        {
            Publish(5);
            Publish(8);
            Assert.Single(Manifests());
        };
        Assert.False(await _one.PublishAsync(Log, Checkpoint(5), "again"u8.ToArray(), Stop));
        Assert.Equal("at 8", await ManifestAsync());
        Assert.Single(Manifests());
    }

    [Fact]
    public async Task Publish_SameOneComesBetweenItsSteps_OneOfThemIsTheNewest()
    {
        _faults.BeforePublish = () => Publish(5);
        Assert.False(await _one.PublishAsync(Log, Checkpoint(5), "again"u8.ToArray(), Stop));
        Assert.Equal("at 5", await ManifestAsync());
    }

    [Fact]
    public async Task Publish_OfTwoStoresRacing_NobodySeesTheNewestGoBack()
    {
        const int Length = 400;
        var publishing = new[] { _one, _other }.Select(store => Task.Run(
            async () =>
            {
                var published = new List<int>();
                for (var index = 1; index <= Length; index++)
                {
                    if (await store.PublishAsync(Log, Checkpoint((ulong)index), BitConverter.GetBytes(index), Stop))
                        published.Add(index);
                }

                return published;
            },
            Stop)).ToList();

        await using var reader = await DirectoryLogStore.OpenAsync(Options, Stop);
        for (var newest = 0; newest < Length;)
        {
            var index = (await reader.ReadAsync(Log, new LogIndex(1), 0, Stop)).CheckpointIndex.Value;
            Assert.True(index >= (ulong)newest, $"{index} after {newest}");
            var manifest = await reader.ReadManifestAsync(Log, Stop);
            Assert.True(index == 0 || manifest is not null, $"nothing after {index}");
            newest = manifest is { } bytes ? BitConverter.ToInt32(bytes.Span) : 0;
            Assert.True(newest >= (int)index, $"{newest} after {index}");
        }

        var won = (await Task.WhenAll(publishing)).SelectMany(indexes => indexes).ToList();
        Assert.Equal(won.Count, won.Distinct().Count());
        Assert.Contains(Length, won);
    }

    [Fact]
    public async Task Open_ManyAtOnceOfAnEmptyDirectory_AllHaveIt()
    {
        using var empty = new TemporaryDirectory();
        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => DirectoryLogStore.OpenAsync(new() { Directory = empty.File("new") }, Stop), Stop)));
        var outcomes = await Task.WhenAll(stores.Select(store => PutAsync(store, 1)));
        Assert.Single(outcomes, outcome => outcome == PutOutcome.Stored);
        await Task.WhenAll(stores.Select(store => store.DisposeAsync().AsTask()));
    }

    private static List<ulong> Race(DirectoryLogStore store, Barrier round, ulong length, int writer)
    {
        List<ulong> wins = [];
        for (var index = length; index > 0; index--)
        {
            round.SignalAndWait(Stop);
            var put = store.PutAsync(Log, new LogIndex(index), BitConverter.GetBytes(writer), Stop).AsTask();
            if (put.GetAwaiter().GetResult().Outcome == PutOutcome.Stored)
                wins.Add(index);
        }

        return wins;
    }

    private void DropOnceBefore(ulong record, ulong upTo, LogIndex[] keep)
    {
        var dropped = 0;
        _faults.BeforeRecord = path =>
        {
            if (path.EndsWith($"{record:D19}", StringComparison.Ordinal) && Interlocked.Exchange(ref dropped, 1) == 0)
            {
                Publish(upTo);
                _other.DropAsync(Log, new LogIndex(upTo), keep, Stop).AsTask().GetAwaiter().GetResult();
            }
        };
    }

    private static CheckpointId Checkpoint(ulong index) => new(new LogIndex(index), new Term(1));

    private void Publish(ulong index)
    {
        var publishing = _other.PublishAsync(Log, Checkpoint(index), System.Text.Encoding.UTF8.GetBytes($"at {index}"), Stop);
        Assert.True(publishing.AsTask().GetAwaiter().GetResult());
    }

    private string[] Manifests() => Directory.GetFiles(Path.Combine(_directory.Path, "master", "manifests"));

    private async Task PutAllAsync(ulong last)
    {
        for (var index = 1UL; index <= last; index++)
            Assert.Equal(PutOutcome.Stored, await PutAsync(_other, index));
    }

    private static async Task<PutOutcome> PutAsync(DirectoryLogStore store, ulong index) =>
        (await store.PutAsync(Log, new LogIndex(index), BitConverter.GetBytes(index), Stop)).Outcome;

    private static async Task<string> ReadAsync(DirectoryLogStore store, ulong from)
    {
        var (records, checkpoint) = await store.ReadAsync(Log, new LogIndex(from), int.MaxValue, Stop);
        return $"{string.Join(',', records.Select(record => record.Index))} after {checkpoint}";
    }

    private async Task<string?> ManifestAsync() => await _one.ReadManifestAsync(Log, Stop) is { } manifest
        ? System.Text.Encoding.UTF8.GetString(manifest.Span)
        : null;
}
