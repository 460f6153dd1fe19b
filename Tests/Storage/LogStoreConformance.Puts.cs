using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Storage;

public abstract partial class LogStoreConformance
{
    [Theory]
    [InlineData(2)]
    [InlineData(32)]
    public async Task Put_CreatorsRace_ExactlyOneWins(int creators)
    {
        for (var index = 1UL; index <= 20; index++)
        {
            using var start = new Barrier(creators);
            var number = index;
            var outcomes = await Task.WhenAll(Enumerable.Range(0, creators).Select(creator => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(Stop);
                    return PutAsync(number, Bytes($"creator {creator}"));
                },
                Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));

            Assert.Equal(1, outcomes.Count(outcome => outcome == PutOutcome.Stored));
            Assert.Equal(creators - 1, outcomes.Count(outcome => outcome == PutOutcome.Occupied));
            Assert.Equal(Bytes($"creator {Array.IndexOf(outcomes, PutOutcome.Stored)}"), await RecordAsync(index));
        }
    }

    [Fact]
    public async Task Put_TwoThreadsInLockstep_EachNumberIsStoredOnce()
    {
        var arrived = 0L;
        var wins = await Task.WhenAll(Enumerable.Range(0, 2).Select(writer => Task.Factory.StartNew(
            () => RaceInLockstep(ref arrived, Bytes($"writer {writer}")),
            Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        // Each number won once, and by the writer whose bytes are there.
        var winners = wins.SelectMany((won, writer) => won.Select(index => (index, writer))).Order().ToArray();
        Assert.Equal(await IndexesAsync(), winners.Select(win => win.index));
        Assert.Equal(RaceLength, (ulong)winners.Length);
        foreach (var (index, writer) in winners.Where(win => win.index % 97 == 1))
            Assert.Equal(Bytes($"writer {writer}"), await RecordAsync(index));
    }

    [Fact]
    public async Task Put_ManyOfOneNumberAtOnce_OneWins()
    {
        // All from one thread, so that a store that merges what is waiting has them in one merge.
        var asked = Enumerable.Range(0, 64).Select(creator => PutAsync(1, Bytes($"creator {creator}"))).ToArray();
        var outcomes = await Task.WhenAll(asked);

        Assert.Equal(1, outcomes.Count(outcome => outcome == PutOutcome.Stored));
        Assert.Equal(63, outcomes.Count(outcome => outcome == PutOutcome.Occupied));
        Assert.Equal(Bytes($"creator {Array.IndexOf(outcomes, PutOutcome.Stored)}"), await RecordAsync(1));
    }

    [Fact]
    public async Task Put_AcknowledgementLost_SamePutAgainIsOccupiedByItsOwnBytes()
    {
        await using var faulty = new FaultyLogStore(Store);
        faulty.NextPut(PutFault.UnknownApplied);
        var bytes = Bytes("mine");

        var (first, _) = await faulty.PutAsync(Log, new LogIndex(1), bytes, Stop);
        var again = await PutAsync(1, bytes);

        Assert.Equal((PutOutcome.Unknown, PutOutcome.Occupied), (first, again));
        Assert.Equal(bytes, await RecordAsync(1));
        faulty.KeepInner();
    }

    [Fact]
    public async Task Put_Occupied_ChangesNothing()
    {
        await PutAllAsync(1);
        Assert.Equal(PutOutcome.Occupied, await PutAsync(1, Bytes("late")));
        Assert.Equal(Bytes("record 1"), await RecordAsync(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(6000)]
    [InlineData(1 << 20)]
    public async Task Put_AnySize_IsReadBackEqual(int length)
    {
        var bytes = Noise(length);
        Assert.Equal(PutOutcome.Stored, await PutAsync(1, bytes));
        Assert.Equal(bytes, await RecordAsync(1));
    }

    [Fact]
    public async Task Put_LargestNumber_IsReadBackLast()
    {
        Assert.SkipWhen(WhyGapsAreEnds is not null, WhyGapsAreEnds ?? "");
        await PutAllAsync(1, long.MaxValue, 3);
        Assert.Equal([1, 3, long.MaxValue], await IndexesAsync());
        Assert.True(await Store.ProbeAsync(Log, new LogIndex(long.MaxValue), Stop));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1UL << 63)]
    public async Task Put_NumberOutOfRange_IsTheCallersMistake(ulong index) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => PutAsync(index, Bytes("x")));

    [Fact]
    public async Task Put_NameThatIsNoText_IsTheCallersMistake()
    {
        const char High = '\ud83d';
        const char Low = '\ude00';
        foreach (var name in new[] { "", "a\0b", $"a{High}", $"{High}a", $"{Low}b", $"{Low}{High}", $"{High}{High}{Low}" })
            await Assert.ThrowsAnyAsync<ArgumentException>(() => PutAsync(1, Bytes("x"), new LogName(name)));
    }

    [Fact]
    public async Task Put_NameOfAnyScript_IsReadBack()
    {
        foreach (var name in new[] { "\U0001F600/\U0001F601", "журнал", "a b\tc'\"\\%" })
        {
            Assert.Equal(PutOutcome.Stored, await PutAsync(1, Bytes(name), new LogName(name)));
            Assert.Equal(Bytes(name), await RecordAsync(1, new LogName(name)));
        }

        Assert.Equal(3, (await Store.ListAsync(Stop)).Count);
    }

    [Fact]
    public async Task Put_CallerReusesItsBufferAfterwards_RecordStays()
    {
        var buffer = Bytes("before");
        await PutAsync(1, buffer);
        await Store.PutChunkAsync(Log, Checkpoint(1), 0, buffer, Stop);
        await Store.PublishAsync(Log, Checkpoint(1), buffer, Stop);
        buffer.AsSpan().Clear();

        Assert.Equal(Bytes("before"), await RecordAsync(1));
        Assert.Equal(Bytes("before"), await ChunkAsync(Checkpoint(1), 0));
        Assert.Equal(Bytes("before"), await ManifestAsync());
    }

    [Fact]
    public async Task Put_ManyLogsAtOnce_EachKeepsItsOwn()
    {
        const int Logs = 50;
        const ulong Records = 20;
        await Task.WhenAll(Enumerable.Range(0, Logs).Select(async log =>
        {
            for (var index = 1UL; index <= Records; index++)
            {
                var outcome = await PutAsync(index, Bytes($"{log}/{index}"), new LogName($"many/{log}"));
                Assert.Equal(PutOutcome.Stored, outcome);
            }
        }));

        for (var log = 0; log < Logs; log++)
        {
            var (records, _) = await Store.ReadAsync(new LogName($"many/{log}"), LogIndex.None, int.MaxValue, Stop);
            Assert.Equal(
                Enumerable.Range(1, (int)Records).Select(index => $"{log}/{index}"),
                records.Select(record => System.Text.Encoding.UTF8.GetString(record.Bytes.Span)));
        }
    }

    /// <summary>
    /// Two threads put each number in the same instant, as nearly as can be: each spins until the other has arrived.
    /// The thread is its own and waits for each answer, since a store may answer on a thread that both need. From the
    /// highest number down: a put before others takes longer, which leaves more room for a mistake to show.
    /// </summary>
    private List<ulong> RaceInLockstep(ref long arrived, byte[] bytes)
    {
        var wins = new List<ulong>();
        for (var index = RaceLength; index > 0; index--)
        {
            Interlocked.Increment(ref arrived);
            var both = (long)(RaceLength - index + 1) * 2;
            for (var spin = default(SpinWait); Volatile.Read(ref arrived) < both; spin.SpinOnce(sleep1Threshold: -1))
                Stop.ThrowIfCancellationRequested();

            if (Store.PutAsync(Log, new LogIndex(index), bytes, Stop).AsTask().GetAwaiter().GetResult().Outcome == PutOutcome.Stored)
                wins.Add(index);
        }

        return wins;
    }
}
