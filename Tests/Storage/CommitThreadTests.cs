using System.Diagnostics;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.GroupCommit;
using OrleansShards.Tests.Orleans.Client;

namespace OrleansShards.Tests.Storage;

/// <summary>Group commit over a transaction that the test decides: what shares one, and who is told what.</summary>
public sealed class CommitThreadTests : ITransaction, IAsyncDisposable
{
    private static readonly LogName Log = LogName.Master;
    private readonly StoreFaults _faults = new();
    private readonly List<ILogWrite[]> _transactions = [];
    private readonly HandClock _clock = new();
    private readonly CommitThread _thread;
    private Action<IReadOnlyList<ILogWrite>> _commit = DoAll;

    public CommitThreadTests() => _thread = new(
        "commit", this, new QueueLimits(CallsMax: 6, BytesMax: 10_000_000, "too much", "closed"), callsMax: 3, bytesMax: 100,
        _faults, _clock);

    public async ValueTask DisposeAsync() => await _thread.CloseAsync();

    void ITransaction.Commit(IReadOnlyList<ILogWrite> writes)
    {
        _transactions.Add([.. writes]);
        _commit(writes);
    }

    [Theory]
    [InlineData(new[] { 1, 1, 1, 1, 1 }, new[] { 3, 2 })]
    [InlineData(new[] { 60, 40, 1, 500, 1 }, new[] { 2, 1, 1, 1 })]
    [InlineData(new[] { 500 }, new[] { 1 })]
    [InlineData(new[] { 100_000, 100_000, 900_000, 2_000_000, 100_000 }, new[] { 2, 1, 1, 1 })]
    public async Task Take_IsDividedByCallsAndBytes_InTheOrderAsked(int[] lengths, int[] expected)
    {
        var outcomes = await TogetherAsync(() => [.. lengths.Select((length, at) => Put(at + 1, length))]);
        Assert.All(outcomes, put => Assert.Equal(PutOutcome.Stored, put.Outcome));
        Assert.Equal(expected, _transactions.Select(writes => writes.Length));
        Assert.Equal(
            Enumerable.Range(1, lengths.Length),
            _transactions.SelectMany(writes => writes).Select(write => (int)((PutWrite)write).Index.Value));
    }

    [Fact(Timeout = 60_000)]
    public async Task Pause_OfLessThanAMillisecond_IsWaitedForAndNotAskedForOverAndOver()
    {
        const int Turns = 200;
        int turns = 0;
        TaskCompletionSource ended = new();
        CallThread<object> thread = new("pauses", new QueueLimits(1, 1, "too much", "closed"), faults: null, _ =>
        {
            if (++turns < Turns)
                return TimeSpan.FromMilliseconds(0.3);

            ended.SetResult();
            return Timeout.InfiniteTimeSpan;
        });
        long start = Stopwatch.GetTimestamp();
        thread.TryAdd(this, bytes: 0);
        await ended.Task;
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(0.3 * Turns), "the thread did not pause");
        await thread.CloseAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Unfinished_IsContinuedAlone_WhateverBecomesOfTheRestOfItsTake()
    {
        _commit = writes =>
        {
            if (_transactions.Count == 2)
            {
                Assert.All(writes, write => Assert.IsType<PutWrite>(write));
                writes.ToList().ForEach(write => write.Fail("the disk is full", certain: true));
                return;
            }

            // The drop has one more part each time but the last.
            DoAll(writes);
        };
        Task<bool> drop = Task.FromResult(false);
        var outcomes = await TogetherAsync(() =>
        {
            drop = _thread.Queue(new Parts(Log, 3), 0).AsTask();
            return [Put(1, 100), Put(2, 100)];
        });
        Assert.True(await drop);
        Assert.Equal([PutOutcome.Stored, PutOutcome.NotStored], outcomes.Select(put => put.Outcome));
        Assert.Equal([1, 1, 1, 1, 1], _transactions.Select(writes => writes.Length));
        Assert.All(_transactions[2..], writes => Assert.IsType<Parts>(writes[0]));
    }

    [Fact(Timeout = 60_000)]
    public async Task Large_ShareNoTransactionWithSmall_WhichGoBeforeTheNext()
    {
        // Two large records and a drop of two parts wait; while each of their transactions is under way, a small record comes.
        Task<(PutOutcome Outcome, string? Reason)>[] late = new Task<(PutOutcome Outcome, string? Reason)>[3];
        int next = 0;
        _commit = writes =>
        {
            if (IsLarge(writes[0]) && next < late.Length)
                late[next] = Put(10 + next++, 1);

            DoAll(writes);
        };
        Task<bool> drop = Task.FromResult(false);
        await TogetherAsync(() =>
        {
            Task<(PutOutcome Outcome, string? Reason)>[] puts =
                [Put(1, CommitThread.SmallBytesMax + 1), Put(2, CommitThread.LargeBytesMax + 1), Put(3, 1), Put(4, 1)];
            drop = _thread.Queue(new Parts(Log, 2), 0).AsTask();
            return puts;
        });
        Assert.True(await drop);
        Assert.All(await Task.WhenAll(late), static put => Assert.Equal(PutOutcome.Stored, put.Outcome));

        Assert.Equal(["3 4", "1", "10", "drop", "11", "2", "12", "drop"], _transactions.Select(Names));
    }

    [Fact(Timeout = 60_000)]
    public async Task Background_WhileSmallOnesCome_PausesFourTimesAsLongAsItTook()
    {
        Task<(PutOutcome Outcome, string? Reason)> during = Task.FromResult((PutOutcome.Stored, (string?)null));
        _commit = writes =>
        {
            if (writes[0] is PutChunkWrite && _transactions.Count == 2)
            {
                during = Put(2, 1);
                _clock.Move(TimeSpan.FromMilliseconds(10));
            }

            DoAll(writes);
        };
        Task<bool>[] chunks = [];
        await TogetherAsync(() =>
        {
            chunks = [Chunk(1), Chunk(2)];
            return [Put(1, 1)];
        });
        await chunks[0];
        await during;
        _clock.Move(TimeSpan.FromMilliseconds(39));
        await Put(3, 1);
        Assert.False(chunks[1].IsCompleted);

        _clock.Move(TimeSpan.FromMilliseconds(1));
        await Task.WhenAll(chunks);
        Assert.Equal(["1", "chunk", "2", "3", "chunk"], _transactions.Select(Names));
    }

    [Fact(Timeout = 60_000)]
    public async Task Background_NothingElseComes_PausesNot()
    {
        _commit = writes =>
        {
            _clock.Move(TimeSpan.FromMinutes(1));
            DoAll(writes);
        };
        await Task.WhenAll(Chunk(1), Chunk(2), Chunk(3));
        Assert.Equal(["chunk", "chunk", "chunk"], _transactions.Select(Names));
    }

    [Fact(Timeout = 60_000)]
    public async Task Closed_WhatWaitsIsDoneToTheEndAndTheRestIsRefused()
    {
        Task<bool> drop = Task.FromResult(false);
        Task closed = Task.CompletedTask;
        await TogetherAsync(() =>
        {
            drop = _thread.Queue(new Parts(Log, 4), 0).AsTask();
            closed = _thread.CloseAsync();
            return [];
        });
        await closed;
        Assert.True(drop.IsCompletedSuccessfully);
        Assert.Equal((PutOutcome.NotStored, "closed"), await Put(1, 1));
    }

    private static bool IsLarge(ILogWrite write) => write is Parts or PutWrite { Record.Length: > CommitThread.SmallBytesMax };

    private static string Names(ILogWrite[] writes) =>
        string.Join(' ', writes.Select(static write => write is PutWrite put ? $"{put.Index}" : write is PutChunkWrite ? "chunk" : "drop"));

    private static void DoAll(IReadOnlyList<ILogWrite> writes)
    {
        foreach (var write in writes)
        {
            write.Ran(write is Parts parts && --parts.Left > 0 ? parts.RowsAtOnce : 1);
            write.Committed();
        }
    }

    private Task<(PutOutcome Outcome, string? Reason)> Put(int index, int length) =>
        _thread.Queue(new PutWrite(Log, new LogIndex((ulong)index), new byte[length], CancellationToken.None), length).AsTask();

    private Task<bool> Chunk(int number) => _thread.Queue(
        new PutChunkWrite(Log, new CheckpointId(new LogIndex(1), new Term(1)), number, new byte[200_000], CancellationToken.None),
        200_000).AsTask();

    private async Task<(PutOutcome Outcome, string? Reason)[]> TogetherAsync(
        Func<Task<(PutOutcome Outcome, string? Reason)>[]> ask)
    {
        _faults.TakeGate.Reset();
        var puts = ask();
        _faults.TakeGate.Set();
        return await Task.WhenAll(puts);
    }

    /// <summary>A write of several parts.</summary>
    private sealed class Parts(LogName log, int parts) : LogAction(log, CancellationToken.None)
    {
        internal int Left { get; set; } = parts;

        internal override int RowsAtOnce => 10;
    }
}
