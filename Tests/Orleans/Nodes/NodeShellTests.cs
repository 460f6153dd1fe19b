using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Hosting;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Nodes;
using OrleansShards.Simulation.Workload;
using OrleansShards.Storage;
using OrleansShards.Storage.InMemory;
using OrleansShards.Tests.Orleans.Diagnostics;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Nodes;

/// <summary>The shell around a node, in turns of a scheduler that runs one at a time, as a grain's does.</summary>
public sealed class NodeShellTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentExclusiveSchedulerPair _turns = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddShardsDiagnostics().BuildServiceProvider();
    private readonly InMemoryLogStore _store = new();
    private readonly FakeNode _node = new();
    private readonly NodeShell _shell;
    private int _stopped;

    public NodeShellTests() => _shell = new NodeShell(_node, new ShellContext
    {
        Store = new StoreRunner(_store, TimeProvider.System, static (_, _) => { }),
        Calls = new GrainCalls(null!, new ClusterDefinition([new("n1")], [new("n1")], 1)),
        Notices = Notices,
        Metrics = _services.GetRequiredService<ShardsMetrics>(),
        StoreWatch = new StoreWatch(TimeProvider.System, new FatalErrors(), NullLogger<StoreWatch>.Instance),
        Clock = TimeProvider.System,
        Logger = NullLogger.Instance,
        Publish = notice => OnPublish(notice),
        OnFailed = () => _stopped++,
    });

    private NotificationHub Notices { get; } = new();

    private List<Message> Published { get; } = [];

    private Action<Message> OnPublish
    {
        get => field ?? Published.Add;
        set;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Ask_SeveralInTurnsThatWait_AreFlushedOnce()
    {
        await InOneTurnAsync(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                _ = Task.Factory.StartNew(
                    () => _shell.Ask<Message>(new QueryAvailability()), default, TaskCreationOptions.None, TaskScheduler.Current);
            }
        });
        await UntilAsync(() => _node.Seen.Count(static seen => seen is Event.Flush) == 1);

        Assert.Equal(
            ["Called", "Called", "Called", "Called", "Called", "Flush"], _node.Seen.Select(static seen => seen.GetType().Name));
    }

    [Fact]
    public async Task Ask_TheNodeAnswers_TheTaskEndsWithIt()
    {
        _node.Does = static (happened, effects) =>
        {
            if (happened is Event.Called call)
                effects.Add(new Effect.Answer(call.Id, new ShardAvailability(true)));
        };

        Message reply = await await InOneTurnAsync(() => _shell.Ask<Message>(new QueryAvailability()));

        Assert.Equal(new ShardAvailability(true), reply);
    }

    [Fact]
    public async Task Step_TheNodeThrows_WhoWaitsHearsOfItAndNobodyIsAskedAgain()
    {
        Task<Message> waiting = await InOneTurnAsync(() => _shell.Ask<Message>(new QueryAvailability()));
        _node.Does = static (_, effects) =>
        {
            effects.Add(new Effect.Publish(new PrimaryChanged(new MasterName("n1"), new Term(1))));
            throw new BrokenInvariantException("seen: 3, expected: 2");
        };

        await InOneTurnAsync(_shell.Tick);

        NodeStoppedException heard = await Assert.ThrowsAsync<NodeStoppedException>(
            () => waiting.WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.Contains("seen: 3, expected: 2", heard.Message, StringComparison.Ordinal);
        Assert.Equal(1, _stopped);
        Assert.Empty(Published);
        Assert.True((await InOneTurnAsync(() => _shell.Ask<Message>(new QueryAvailability()))).IsFaulted);
    }

    [Fact]
    public async Task CarryOut_AnEffectFails_TheNodeIsStoppedAndWhoWaitsHearsOfIt()
    {
        Task<Message> waiting = await InOneTurnAsync(() => _shell.Ask<Message>(new QueryAvailability()));
        OnPublish = static _ => throw new InvalidOperationException("nobody can be told");
        _node.Does = static (happened, effects) =>
        {
            if (happened is Event.Tick)
                effects.Add(new Effect.Publish(new PrimaryChanged(new MasterName("n1"), new Term(1))));
        };

        await InOneTurnAsync(_shell.Tick);

        NodeStoppedException heard = await Assert.ThrowsAsync<NodeStoppedException>(
            () => waiting.WaitAsync(Limit, TestContext.Current.CancellationToken));
        Assert.Contains("nobody can be told", heard.Message, StringComparison.Ordinal);
        Assert.Equal(1, _stopped);
    }

    [Fact]
    public async Task End_ACallIsOpen_ItFailsAndNobodyIsAskedAgain()
    {
        Task<Message> open = await InOneTurnAsync(() => _shell.Ask<Message>(new QueryAvailability()));
        await InOneTurnAsync(_shell.End);

        Task<Message> late = await InOneTurnAsync(() => _shell.Ask<Message>(new QueryAvailability()));

        await Assert.ThrowsAsync<NodeStoppedException>(() => open);
        await Assert.ThrowsAsync<NodeStoppedException>(() => late);
    }

    [Fact]
    public async Task Post_SeveralBeforeTheTurn_AreOneTurnAndFlushedAtOnce()
    {
        _node.Does = static (happened, effects) =>
        {
            if (happened is Event.Called call)
                effects.Add(new Effect.Answer(call.Id, new ShardAvailability(true)));
        };
        await InOneTurnAsync(_shell.Start);
        await UntilAsync(() => _node.Seen.Any(static seen => seen is Event.Flush));
        _node.Seen.Clear();

        Answers answers = new();
        await InOneTurnAsync(() =>
        {
            for (ulong number = 1; number <= 3; number++)
                _shell.Post(new QueryAvailability(), answers, number);
        });
        await UntilAsync(() => answers.Count == 3);

        Assert.Equal(["Called", "Called", "Called", "Flush"], _node.Seen.Select(static seen => seen.GetType().Name).Take(4));
        Assert.All(answers, static answer => Assert.Equal(new ShardAvailability(true), answer.Reply));
        Assert.Equal([1UL, 2, 3], answers.Select(static answer => answer.Number));
    }

    [Fact]
    public async Task End_WhatIsPostedOrOpen_IsAnsweredThatThereIsNoAnswer()
    {
        Answers answers = new();
        await InOneTurnAsync(_shell.Start);
        _shell.Post(new QueryAvailability(), answers, 1);
        await UntilAsync(() => _node.Seen.Any(static seen => seen is Event.Called));
        await InOneTurnAsync(() =>
        {
            _shell.Post(new QueryAvailability(), answers, 2);
            _shell.End();
        });
        _shell.Post(new QueryAvailability(), answers, 3);

        Assert.Equal([1UL, 2, 3], answers.Select(static answer => answer.Number));
        Assert.All(answers, static answer => Assert.Contains("is being stopped here", answer.Failure, StringComparison.Ordinal));
        Assert.Single(_node.Seen.OfType<Event.Called>());
    }

    [Fact]
    public async Task Post_TheGrainTakesNoTurn_IsAnsweredThatThereIsNoAnswer()
    {
        Answers answers = new();
        RefusingTurns turns = new();
        await Task.Factory.StartNew(_shell.Start, CancellationToken.None, TaskCreationOptions.None, turns);
        turns.Refuse = true;
        _shell.Post(new QueryAvailability(), answers, 1);
        _shell.Post(new QueryAvailability(), answers, 2);
        Assert.Equal([1UL, 2], answers.Select(static answer => answer.Number));

        turns.Refuse = false;
        _shell.Post(new QueryAvailability(), answers, 3);
        Assert.Single(_node.Seen.OfType<Event.Called>());
    }

    [Fact]
    public async Task Post_NothingElseComes_IsFlushedOnceOnly()
    {
        await InOneTurnAsync(_shell.Start);
        await UntilAsync(() => _node.Seen.Any(static seen => seen is Event.Flush));
        _node.Seen.Clear();
        Answers answers = new();
        _shell.Post(new QueryAvailability(), answers, 1);
        await UntilAsync(() => _node.Seen.Any(static seen => seen is Event.Flush));

        // Behind every turn that it may have queued.
        await InOneTurnAsync(static () => { });
        Assert.Equal(["Called", "Flush"], _node.Seen.Select(static seen => seen.GetType().Name));
    }

    [Fact]
    public async Task Post_TheNodeThrows_WhoWaitsHearsOfIt()
    {
        _node.Does = static (happened, _) =>
        {
            if (happened is Event.Called)
                throw new BrokenInvariantException("seen: 3, expected: 2");
        };
        Answers answers = new();
        await InOneTurnAsync(_shell.Start);
        await InOneTurnAsync(() =>
        {
            _shell.Post(new QueryAvailability(), answers, 1);
            _shell.Post(new QueryAvailability(), answers, 2);
        });
        await UntilAsync(() => answers.Count == 2);

        Assert.All(answers, static answer => Assert.Contains("seen: 3, expected: 2", answer.Failure, StringComparison.Ordinal));
        Assert.Equal(1, _stopped);
    }

    // Seen: a silo that was given no time to end never ended. The ticker, which has fronts answer, was gone, what the front's call waited
    // for did not come any more, and Orleans waited for the call's end before it disposed of the front.
    [Fact]
    public async Task Front_TheTickerEndsWhileARequestIsOpen_HoldsNoCallBack()
    {
        LocalShards shards = new();
        shards.Add(_shell);
        using NodeTicker ticker = new(
            Options.Create(new OrleansShardsOptions { TickInterval = TimeSpan.FromHours(1) }),
            new StoreWatch(TimeProvider.System, new FatalErrors(), NullLogger<StoreWatch>.Instance), TimeProvider.System,
            NullLogger<NodeTicker>.Instance);
        ShardFrontGrain front = new(shards, ticker, TimeProvider.System);
        KeyRequest request = new(SessionTag.None, KeyOperation.Read("1"));
        await InOneTurnAsync(_shell.Start);
        await InOneTurnAsync(() => front.OnActivateAsync(CancellationToken.None));
        Task<FrontAnswers>[] calls = [await CallAsync(new FrontRequest(1, new GroupId("n1"), new ShardId(0), request)), await CallAsync()];
        await UntilAsync(() => _node.Seen.Any(static seen => seen is Event.Called));
        Assert.All(calls, static call => Assert.False(call.IsCompleted));

        ticker.Dispose();

        await Condition.EndsAsync(Task.WhenAll(calls), "the calls that waited");
        await Condition.EndsAsync(await CallAsync(), "a call that came late");

        Task<Task<FrontAnswers>> CallAsync(params ImmutableArray<FrontRequest> requests) =>
            InOneTurnAsync(() => front.Exchange(new FrontRequests(requests)));
    }

    [Fact]
    public async Task Store_ARequestOfTheNode_ItsCompletionComesBack()
    {
        OpId op = new(new Incarnation(7), 1);
        _node.Does = (happened, effects) =>
        {
            if (happened is Event.Started)
                effects.Add(new Effect.Store(new StoreRequest.Probe(op, LogName.Master, new LogIndex(1))));
        };

        await InOneTurnAsync(_shell.Start);

        await UntilAsync(() => _node.Seen.OfType<Event.Stored>().Any());
        Assert.Equal(new StoreCompletion.Probe(op, false), _node.Seen.OfType<Event.Stored>().Single().Completion);
    }

    [Fact]
    public async Task Tick_ANoticeHangsThere_IsToldOnce()
    {
        PrimaryChanged notice = new(new MasterName("n2"), new Term(4));
        Notices.Post(notice);
        Notices.Post(new PrimaryChanged(new MasterName("n1"), new Term(3)));

        await InOneTurnAsync(_shell.Tick);
        await InOneTurnAsync(_shell.Tick);

        Assert.Equal(notice, Assert.Single(_node.Seen.OfType<Event.Published>()).Notice);
    }

    private Task InOneTurnAsync(Action turn) => Task.Factory.StartNew(
        turn, TestContext.Current.CancellationToken, TaskCreationOptions.None, _turns.ExclusiveScheduler);

    private Task<T> InOneTurnAsync<T>(Func<T> turn) => Task.Factory.StartNew(
        turn, TestContext.Current.CancellationToken, TaskCreationOptions.None, _turns.ExclusiveScheduler);

    private async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(Limit);
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(1));
        while (!await InOneTurnAsync(condition))
        {
            Assert.False(limit.IsCancellationRequested, $"not seen within {Limit.TotalSeconds} s");
            await looks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private sealed class Answers : ConcurrentQueue<(ulong Number, Message? Reply, string? Failure)>, IAnswerSink
    {
        public void Answered(ulong number, Message? reply, string? failure) => Enqueue((number, reply, failure));
    }

    /// <summary>Runs each turn at once, or takes none.</summary>
    private sealed class RefusingTurns : TaskScheduler
    {
        internal bool Refuse { get; set; }

        protected override void QueueTask(Task task)
        {
            if (Refuse)
                throw new InvalidOperationException("the activation is ending");

            TryExecuteTask(task);
        }

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => !Refuse && TryExecuteTask(task);

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }

    private sealed class FakeNode : INode
    {
        internal List<Event> Seen { get; } = [];

        internal Action<Event, List<Effect>> Does { get; set; } = static (_, _) => { };

        public NodeAddress Address => NodeAddress.Of(new GroupId("n1"), new ShardId(0));

        public void Step(Instant now, Event happened, List<Effect> effects)
        {
            Seen.Add(happened);
            Does(happened, effects);
        }
    }
}
