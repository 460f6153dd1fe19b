using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Orleans.Client;

namespace OrleansShards.Tests.Storage;

/// <summary>Whatever a store does, each request ends in one completion.</summary>
public sealed class StoreRunnerTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly OpId Op = new(new Incarnation(7), 1);
    private static readonly CheckpointId Checkpoint = new(new LogIndex(3), new Term(2));

    private readonly List<string> _reports = [];
    private readonly HandClock _clock = new();
    private readonly FaultyLogStore _store = new(new InMemoryLogStore());
    private readonly StoreRunner _runner;

    public StoreRunnerTests() => _runner = new StoreRunner(_store, _clock, (text, _) => _reports.Add(text));

    public static TheoryData<LogStoreCall> Calls =>
        new(Enum.GetValues<LogStoreCall>().Where(static call => call != LogStoreCall.List));

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Run_TheStoreNeverAnswers_EndsAtTheDeadline(LogStoreCall call)
    {
        StoreRequest request = Request(call);
        CallGate gate = _store.Hold(call);
        Task<StoreCompletion> running = _runner.RunAsync(request).AsTask();
        await gate.Arrived.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);

        _clock.Move(TimeSpan.FromMinutes(1));
        StoreCompletion completion = await running.WaitAsync(Limit, TestContext.Current.CancellationToken);

        int limit = call is LogStoreCall.PutChunk or LogStoreCall.Publish or LogStoreCall.Drop ? 60 : 10;
        AssertFailed(request, completion, $"the store has not answered {request.GetType().Name} within {limit} s");
        Assert.StartsWith($"log {request.Log}: the store has not answered ", Assert.Single(_reports), StringComparison.Ordinal);
        gate.Open();
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Run_AFailureOfAnUnforeseenKind_IsACompletion(LogStoreCall call)
    {
        StoreRequest request = Request(call);
        _store.NextFails(call, new InvalidOperationException("nobody has foreseen this"));

        StoreCompletion completion = await _runner.RunAsync(request);

        string expected = $"the store has failed at {request.GetType().Name}: InvalidOperationException: nobody has foreseen this";
        AssertFailed(request, completion, expected);
        Assert.Equal([$"log {request.Log}: {expected}"], _reports);
    }

    [Fact]
    public async Task Run_TheSameFailureAgain_IsReportedOnceUntilOneSucceeds()
    {
        StoreRequest read = Request(LogStoreCall.Read);
        for (int i = 0; i < 3; i++)
        {
            _store.NextFails(LogStoreCall.Read, new InvalidOperationException("again"));
            await _runner.RunAsync(read);
        }

        Assert.Single(_reports);
        Assert.IsType<StoreCompletion.Read>(await _runner.RunAsync(read));
        _store.NextFails(LogStoreCall.Read, new InvalidOperationException("again"));
        await _runner.RunAsync(read);
        Assert.Equal(2, _reports.Count);
    }

    [Fact]
    public async Task Run_TheStoreSaysWhy_ItsTextIsPassedOnAndNotReported()
    {
        StoreRequest read = Request(LogStoreCall.Read);
        _store.NextFails(LogStoreCall.Read, "the disk is gone");

        AssertFailed(read, await _runner.RunAsync(read), "the disk is gone");
        Assert.Empty(_reports);
    }

    [Fact]
    public async Task Run_ACancellationOfTheStoresOwn_IsACompletion()
    {
        StoreRequest read = Request(LogStoreCall.Read);
        _store.NextFails(LogStoreCall.Read, new OperationCanceledException("the store's own"));

        AssertFailed(read, await _runner.RunAsync(read), "the store's own");
    }

    private static StoreRequest Request(LogStoreCall call) => call switch
    {
        LogStoreCall.Put => new StoreRequest.Put(Op, LogName.Master, new LogIndex(1), new byte[] { 1 }),
        LogStoreCall.Read => new StoreRequest.Read(Op, LogName.Master, new LogIndex(1), 100),
        LogStoreCall.Probe => new StoreRequest.Probe(Op, LogName.Master, new LogIndex(1)),
        LogStoreCall.Drop => new StoreRequest.Drop(Op, LogName.Master, new LogIndex(1), []),
        LogStoreCall.PutChunk => new StoreRequest.PutChunk(Op, LogName.Master, Checkpoint, 0, new byte[] { 1 }),
        LogStoreCall.Publish => new StoreRequest.Publish(Op, LogName.Master, Checkpoint, new byte[] { 1 }),
        LogStoreCall.ReadManifest => new StoreRequest.ReadManifest(Op, LogName.Master),
        LogStoreCall.ReadChunk => new StoreRequest.ReadChunk(Op, LogName.Master, Checkpoint, 0),
        LogStoreCall.List => throw new ArgumentException("no node lists logs", nameof(call)),
        _ => throw new ArgumentOutOfRangeException(nameof(call)),
    };

    private static void AssertFailed(StoreRequest request, StoreCompletion completion, string reason) => Assert.Equal<StoreCompletion>(
        request is StoreRequest.Put
            ? new StoreCompletion.Put(Op, PutOutcome.Unknown, reason)
            : new StoreCompletion.Failed(Op, reason),
        completion);
}
