using System.Collections.Concurrent;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Tests.Client;

public sealed class RouterHostTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly NodeAddress Router = NodeAddress.OfClient("router");
    private static readonly NodeAddress Callee = NodeAddress.Of(new GroupId("callee"));

    private readonly ConcurrentQueue<string> _reports = new();

    [Fact]
    public async Task Step_Throws_EveryRequestEndsAsUnknown_AndANewRouterTakesTheNext()
    {
        int runs = 0;
        await using RouterHost host = Start(run => new ScriptedRouter(run) { Fails = ++runs == 1 });
        Receiver waiting = new();
        Receiver failing = new();
        host.Post(() =>
        {
            host.Submit(new Text("wait"), Limit, waiting);
            host.Submit(new Text("call"), Limit, failing);
        });

        Assert.Contains("the router has failed", await waiting.TextAsync(), StringComparison.Ordinal);
        Assert.Contains("the router has failed", await failing.TextAsync(), StringComparison.Ordinal);
        Assert.Contains("on purpose", Assert.Single(_reports), StringComparison.Ordinal);
        Assert.Equal("answered", await AskAsync(host, "call"));
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Step_Throws_AReceiverThrows_TheOthersEnd_AndTheLoopContinues()
    {
        int runs = 0;
        await using RouterHost host = Start(run => new ScriptedRouter(run) { Fails = ++runs == 1 });
        Receiver waiting = new();
        host.Post(() =>
        {
            host.Submit(new Text("wait"), Limit, new BrokenReceiver());
            host.Submit(new Text("wait"), Limit, waiting);
            host.Submit(new Text("call"), Limit, new BrokenReceiver());
        });

        Assert.Contains("the router has failed", await waiting.TextAsync(), StringComparison.Ordinal);
        Assert.Equal("answered", await AskAsync(host, "call"));
        Assert.Equal(2, _reports.Count(static text => text.Contains("the receiver of an outcome has failed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Post_ActionThrows_IsReported_AndTheLoopContinues()
    {
        await using RouterHost host = Start(static run => new ScriptedRouter(run));
        host.Post(static () => throw new InvalidOperationException("on purpose"));

        Assert.Equal("answered", await AskAsync(host, "call"));
        Assert.Contains("on purpose", Assert.Single(_reports), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_NoRouterCanBeStarted_IsAnsweredAtOnce_UntilOneStarts(bool failsWhenStarted)
    {
        int runs = 0;
        bool isRepaired = false;
        await using RouterHost host = Start(run =>
            ++runs == 1 || Volatile.Read(ref isRepaired) ? new ScriptedRouter(run) { Fails = runs == 1 }
                : failsWhenStarted ? new ScriptedRouter(run) { FailsWhenStarted = true }
                : throw new InvalidOperationException("no router on purpose"));
        Assert.Contains("the router has failed", await AskAsync(host, "call"), StringComparison.Ordinal);

        Receiver refused = new();
        bool isInline = true;
        host.Post(() =>
        {
            host.Submit(new Text("wait"), Limit, refused);
            isInline = refused.HasEnded;
        });
        Assert.IsType<ClientOutcome.NotApplied>(await refused.OutcomeAsync());
        Assert.False(isInline);

        Volatile.Write(ref isRepaired, true);
        using CancellationTokenSource limit = new(Limit);
        while (await OutcomeAsync(host, "call") is not ClientOutcome.Unknown { Text: "answered" })
            Assert.False(limit.IsCancellationRequested, $"expected within {Limit}: a new router takes the request");

        Assert.Equal(2, _reports.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_Fails_TheRouterLearnsWhetherItWasSent(bool isSent)
    {
        Exception failure = isSent ? new TimeoutException("silence") : new NotSentException("no way");
        await using RouterHost host = new(new RouterHostOptions
        {
            CreateRouter = static run => new ScriptedRouter(run),
            Call = (_, _) => Task.FromException<Message>(failure),
        });

        Assert.Equal($"delivered {isSent}: {failure.Message}", await AskAsync(host, "call"));
    }

    [Fact]
    public async Task Turn_ManyEvents_AreFlushedOnce()
    {
        ScriptedRouter? router = null;
        await using RouterHost host = new(new RouterHostOptions
        {
            CreateRouter = run => router = new ScriptedRouter(run),
            Call = static (_, _) => throw new InvalidOperationException("not reached"),
            TickInterval = TimeSpan.FromDays(1),
        });
        TaskCompletionSource<(int Submitted, int Flushed)> before = new();
        TaskCompletionSource<(int Submitted, int Flushed)> after = new();
        host.Post(() =>
        {
            before.SetResult((router!.Submitted, router.Flushed));
            for (int i = 0; i < 100; i++)
                host.Submit(new Text("wait"), Limit, new Receiver());

            host.Post(() => after.SetResult((router.Submitted, router.Flushed)));
        });

        (int submitted, int flushed) = await before.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal((submitted + 100, flushed + 1), await after.Task.WaitAsync(Limit, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task Turn_ThePoolDoesNotComeToIt_IsTakenAllTheSame()
    {
        ConcurrentBag<IThreadPoolWorkItem> asked = [];
        await using RouterHost host = new(new RouterHostOptions
        {
            CreateRouter = static run => new ScriptedRouter(run),
            Call = static (_, _) => Task.FromResult<Message>(new Text("done")),
            Ask = asked.Add,
        });

        Assert.Equal("answered", await AskAsync(host, "call"));
        Assert.NotEmpty(asked);
    }

    [Fact(Timeout = 60_000)]
    public async Task Turn_IsTakenByPoolAndKeeperOfTime_OneAtATime_InTheOrderOfPosts()
    {
        const int Producers = 4, Posts = 20_000;
        int underWay = 0, overlaps = 0, disorders = 0, left = Producers * Posts;
        int[] newest = new int[Producers];
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RouterHost host = new(new RouterHostOptions
        {
            CreateRouter = static run => new ScriptedRouter(run),
            Call = static (_, _) => throw new InvalidOperationException("not reached"),
            TickInterval = TimeSpan.FromTicks(1),
        });
        void Take(int producer, int number)
        {
            overlaps += Interlocked.Increment(ref underWay) > 1 ? 1 : 0;
            disorders += newest[producer] + 1 == number ? 0 : 1;
            newest[producer] = number;
            Interlocked.Decrement(ref underWay);
            if (--left == 0)
                done.SetResult();
        }

        await Task.WhenAll(Enumerable.Range(0, Producers).Select(producer => Task.Run(() =>
        {
            for (int number = 1; number <= Posts; number++)
            {
                int posted = number;
                host.Post(() => Take(producer, posted));
            }
        })));

        await done.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (overlaps, disorders));
    }

    private RouterHost Start(Func<Incarnation, INode> create) => new(new RouterHostOptions
    {
        CreateRouter = create,
        Call = static (_, _) => Task.FromResult<Message>(new Text("done")),
        Report = _reports.Enqueue,
    });

    private static async Task<string> AskAsync(RouterHost host, string what) =>
        ((ClientOutcome.Unknown)await OutcomeAsync(host, what)).Text;

    private static Task<ClientOutcome> OutcomeAsync(RouterHost host, string what)
    {
        Receiver receiver = new();
        host.Post(() => host.Submit(new Text(what), Limit, receiver));
        return receiver.OutcomeAsync();
    }

    private sealed record Text(string Value) : Message;

    /// <summary>Calls when it is told "call", waits for ever when it is told "wait", and says what came of a call.</summary>
    private sealed class ScriptedRouter(Incarnation run) : INode
    {
        private ulong _ticket;

        public NodeAddress Address => Router;

        internal bool Fails { get; init; }

        internal bool FailsWhenStarted { get; init; }

        internal int Submitted { get; private set; }

        internal int Flushed { get; private set; }

        public void Step(Instant now, Event happened, List<Effect> effects)
        {
            switch (happened)
            {
                case Event.Submitted { Request: Text { Value: "call" } } submitted:
                    _ticket = submitted.Ticket;
                    effects.Add(new Effect.Call(new CallId(run, _ticket), Callee, submitted.Request));
                    if (Fails)
                        throw new InvalidOperationException("on purpose, after the call was listed");

                    break;
                case Event.Started when FailsWhenStarted:
                    throw new InvalidOperationException("no router on purpose");
                case Event.Submitted:
                    Submitted++;
                    break;
                case Event.Flush:
                    Flushed++;
                    break;
                case Event.Answered:
                    effects.Add(new Effect.Complete(_ticket, new ClientOutcome.Unknown("answered")));
                    break;
                case Event.CallFailed failed:
                    effects.Add(new Effect.Complete(
                        _ticket, new ClientOutcome.Unknown($"delivered {failed.Delivered}: {failed.Reason}")));
                    break;
            }
        }
    }

    private sealed class Receiver : IOutcomeReceiver
    {
        private readonly TaskCompletionSource<ClientOutcome> _outcome =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Completed(ClientOutcome outcome) => _outcome.SetResult(outcome);

        internal bool HasEnded => _outcome.Task.IsCompleted;

        internal Task<ClientOutcome> OutcomeAsync() => _outcome.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

        internal async Task<string> TextAsync() => ((ClientOutcome.Unknown)await OutcomeAsync()).Text;
    }

    private sealed class BrokenReceiver : IOutcomeReceiver
    {
        public void Completed(ClientOutcome outcome) => throw new InvalidOperationException("a broken receiver");
    }
}
