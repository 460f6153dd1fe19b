using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Nodes;
using OrleansShards.Tests.Orleans.Diagnostics;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Nodes;

public sealed class NodeTickerTests : IDisposable, ILogger<NodeTicker>
{
    private static readonly NodeAddress Node = NodeAddress.Of(new GroupId("n1"));

    private readonly ConcurrentQueue<string> _log = [];
    private readonly HeldTurns _turns = new();
    private readonly NodeTicker _ticker;
    private int _rounds;

    public NodeTickerTests() => _ticker = new NodeTicker(
        Options.Create(new OrleansShardsOptions { TickInterval = TimeSpan.FromMilliseconds(1) }),
        new StoreWatch(TimeProvider.System, new FatalErrors(), NullLogger<StoreWatch>.Instance), TimeProvider.System, this);

    public void Dispose() => _ticker.Dispose();

    [Fact]
    public async Task Tick_WhoseTurnHasNotCome_IsNotFollowedByAnother()
    {
        int ticks = 0;
        await SubscribeAsync(() => ticks++);
        await RoundsAsync(5);
        Assert.Equal(1, _turns.Waiting);

        _turns.Run();
        await RoundsAsync(5);
        Assert.Equal((1, 1), (ticks, _turns.Waiting));
    }

    [Fact]
    public async Task Tick_Throws_IsLoggedAndTickedAgain()
    {
        int ticks = 0;
        await SubscribeAsync(() => throw new InvalidOperationException($"tick {++ticks}"));
        await Condition.HoldsAsync(() => { _turns.Run(); return ticks > 1; }, () => $"a second tick; {ticks} came");
        Assert.Equal(["tick 1", "tick 2"], _log.Take(2));
    }

    [Fact]
    public async Task Tick_ASchedulerRefusesTurns_TheOthersAreTickedAndItIsLoggedOnce()
    {
        await SubscribeAsync(static () => { });
        _turns.Run();
        _turns.Refuses = true;
        await RoundsAsync(5);
        Assert.Single(_log);

        _turns.Refuses = false;
        await RoundsAsync(2);
        Assert.Equal(1, _turns.Waiting);
    }

    [Fact]
    public async Task Dispose_OfASubscription_NoTickComesAnyMore()
    {
        int ticks = 0;
        IDisposable subscription = await SubscribeAsync(() => ticks++);
        await RoundsAsync(1);
        subscription.Dispose();
        _turns.Run();
        await RoundsAsync(5);
        Assert.Equal((0, 0), (ticks, _turns.Waiting));
    }

    [Fact]
    public async Task FindStuck_ANodeWithoutATurnAtAllCallsInARow_IsNamed()
    {
        await SubscribeAsync(static () => { });
        for (int call = 0; call < 3; call++)
        {
            await RoundsAsync(2);
            Assert.Null(_ticker.FindStuck(3));
        }

        await RoundsAsync(2);
        Assert.Equal(Node, _ticker.FindStuck(3));

        _turns.Run();
        await RoundsAsync(2);
        Assert.Null(_ticker.FindStuck(1));
    }

    void ILogger.Log<TState>(
        LogLevel level, EventId id, TState state, Exception? failure, Func<TState, Exception?, string> text) =>
        _log.Enqueue(failure?.Message ?? text(state, failure));

    bool ILogger.IsEnabled(LogLevel level) => true;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    private async Task<IDisposable> SubscribeAsync(Action tick)
    {
        Task<IDisposable> subscribing = Task.Factory.StartNew(
            () => _ticker.Subscribe(Node, tick), CancellationToken.None, TaskCreationOptions.None, _turns);
        _turns.Run();
        return await subscribing;
    }

    /// <summary>Waits until the ticker has gone round so often, as somebody sees whose turns come at once.</summary>
    private async Task RoundsAsync(int rounds)
    {
        if (_rounds == 0)
            _ticker.Subscribe(NodeAddress.OfClient("test"), () => Interlocked.Increment(ref _rounds));

        int wanted = Volatile.Read(ref _rounds) + rounds + 1;
        await Condition.HoldsAsync(() => Volatile.Read(ref _rounds) >= wanted, () => $"{wanted} rounds; {_rounds} came");
    }

    /// <summary>Turns that come when the test says so.</summary>
    private sealed class HeldTurns : TaskScheduler
    {
        private readonly ConcurrentQueue<Task> _tasks = [];

        internal int Waiting => _tasks.Count;

        internal bool Refuses { get; set; }

        internal void Run()
        {
            while (_tasks.TryDequeue(out Task? task))
                TryExecuteTask(task);
        }

        protected override void QueueTask(Task task)
        {
            if (Refuses)
                throw new InvalidOperationException("these turns have ended");

            _tasks.Enqueue(task);
        }

        protected override bool TryExecuteTaskInline(Task task, bool wasQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => _tasks;
    }
}
