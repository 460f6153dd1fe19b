using System.Collections.Concurrent;
using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Hosting;
using OrleansShards.Storage.InMemory;

namespace OrleansShards.Tests.Hosting;

public sealed class NodeHostTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly NodeAddress Caller = NodeAddress.OfClient("caller");
    private static readonly NodeAddress Callee = NodeAddress.Of(new GroupId("callee"));

    [Fact]
    public async Task Step_Throws_CallerHearsOfIt_AndANewRunTakesTheNodesPlace()
    {
        ConcurrentQueue<string> reports = new();
        int runs = 0;
        await using NodeHost host = new(new InMemoryLogStore(), new NodeHostOptions
        {
            CreateNode = (address, run) => address == Caller ? new CallingNode(run)
                : address == Callee ? new FailingNode(fails: ++runs == 1)
                : null,
            Report = reports.Enqueue,
            RestartAfter = TimeSpan.Zero,
        });

        string first = await AskAsync(host, Callee);
        Assert.Contains("has failed in carrying it out", first, StringComparison.Ordinal);
        Assert.Contains("delivered True", first, StringComparison.Ordinal);
        Assert.Contains("on purpose", Assert.Single(reports), StringComparison.Ordinal);
        while (await AskAsync(host, Callee) != "answered")
        {
        }

        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Call_UnknownAddress_FailsUndelivered()
    {
        await using NodeHost host = new(new InMemoryLogStore(), new NodeHostOptions
        {
            CreateNode = static (address, run) => address == Caller ? new CallingNode(run) : null,
        });

        Assert.Equal("delivered False: there is no Group callee", await AskAsync(host, Callee));
    }

    [Fact]
    public async Task Turn_ManyEvents_AreFlushedOnce()
    {
        FlushCountingNode node = new();
        await using NodeHost host = new(new InMemoryLogStore(), new NodeHostOptions
        {
            CreateNode = (_, _) => node,
            TickInterval = TimeSpan.FromDays(1),
        });
        TaskCompletionSource done = new();
        host.Post(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                host.Submit(Caller, new Text("x"), Limit, new Receiver());
            }
        });
        host.Post(() => host.Post(done.SetResult));
        await done.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal((100, 1), (node.Submitted, node.Flushed));
    }

    private static async Task<string> AskAsync(NodeHost host, NodeAddress to)
    {
        Receiver receiver = new();
        host.Post(() => host.Submit(Caller, new Target(to), Limit, receiver));
        ClientOutcome outcome = await receiver.Outcome.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        return ((ClientOutcome.Unknown)outcome).Text;
    }

    private sealed record Text(string Value) : Message;

    private sealed record Target(NodeAddress To) : Message;

    /// <summary>Calls whom it is told to, and says what came of it.</summary>
    private sealed class CallingNode(Incarnation run) : INode
    {
        private ulong _ticket;

        public NodeAddress Address => Caller;

        public void Step(Instant now, Event happened, List<Effect> effects)
        {
            switch (happened)
            {
                case Event.Submitted submitted:
                    _ticket = submitted.Ticket;
                    effects.Add(new Effect.Call(
                        new CallId(run, _ticket), ((Target)submitted.Request).To, new Text("do it")));
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

    /// <summary>Answers, or throws.</summary>
    private sealed class FailingNode(bool fails) : INode
    {
        public NodeAddress Address => Callee;

        public void Step(Instant now, Event happened, List<Effect> effects)
        {
            if (happened is Event.Called called)
            {
                effects.Add(new Effect.Answer(called.Id, new Text("done")));
                if (fails)
                {
                    throw new InvalidOperationException("on purpose, after the answer was listed");
                }
            }
        }
    }

    /// <summary>Counts.</summary>
    private sealed class FlushCountingNode : INode
    {
        public NodeAddress Address => Caller;

        internal int Submitted { get; private set; }

        internal int Flushed { get; private set; }

        public void Step(Instant now, Event happened, List<Effect> effects)
        {
            Submitted += happened is Event.Submitted ? 1 : 0;
            Flushed += happened is Event.Flush ? 1 : 0;
        }
    }

    private sealed class Receiver : IOutcomeReceiver
    {
        internal TaskCompletionSource<ClientOutcome> Outcome { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Completed(ClientOutcome outcome) => Outcome.SetResult(outcome);
    }
}
