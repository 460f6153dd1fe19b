using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.TestHost;

/// <summary>
/// Runs nodes on virtual time, one thing after the other in the order in which it was sent. The test says what becomes
/// of each packet, when time passes, and who crashes. A node is started when it is first called.
/// </summary>
public sealed class TestCluster(Func<NodeAddress, Incarnation, INode?> create)
{
    private static readonly Incarnation Tester = new(ulong.MaxValue);
    private static readonly NodeAddress TesterAddress = NodeAddress.OfClient("test");

    private readonly Queue<(TestNode Node, Event Happened)> _events = new();
    private readonly Queue<Packet> _packets = new();
    private readonly Dictionary<NodeAddress, TestNode> _nodes = [];
    private readonly Dictionary<Incarnation, TestNode> _runs = [];
    private readonly Dictionary<ulong, TestCall> _calls = [];
    private readonly List<Effect> _effects = [];
    private ulong _number;
    private ulong _run;

    public TestStore Store { get; } = new();

    /// <summary>Decides what becomes of each packet; everything is delivered unless set.</summary>
    public Func<Packet, Fate>? FateOf { get; set; }

    /// <summary>What waits, in the order in which it was sent.</summary>
    public List<Packet> Held { get; } = [];

    public List<string> Alarms { get; } = [];

    public List<Message> Published { get; } = [];

    /// <summary>While true, what is published reaches nobody.</summary>
    public bool LosesPublished { get; set; }

    /// <summary>What a node's wall clock shows at each tick; none has one unless set.</summary>
    public Func<TestNode, DateTimeOffset>? WallClock { get; set; }

    public Instant Now { get; private set; } = new(TimeSpan.FromSeconds(1000));

    /// <summary>The runs that are up.</summary>
    public IEnumerable<TestNode> Running => _runs.Values.Where(static node => node.IsUp);

    /// <summary>Starts the node if no run of it is up. The newest run is the one that is called.</summary>
    public TestNode Start(NodeAddress address) =>
        _nodes.TryGetValue(address, out TestNode? running) && running.IsUp ? running : StartAnother(address);

    /// <summary>Starts one more run of the node, whether or not others are up: two activations.</summary>
    public TestNode StartAnother(NodeAddress address)
    {
        Incarnation run = new(++_run);
        INode node = create(address, run) ?? throw new ArgumentException($"there is no {address}", nameof(address));
        TestNode started = new(node, run);
        _nodes[address] = started;
        _runs.Add(run, started);
        _events.Enqueue((started, Event.Started.Instance));
        if (WallClock is not null)
            _events.Enqueue((started, new Event.Tick(WallClock(started))));

        return started;
    }

    /// <summary>The node is gone, with all that it had not yet sent; what is on its way goes on.</summary>
    public void Crash(NodeAddress address)
    {
        if (_nodes.Remove(address, out TestNode? node))
            node.IsUp = false;
    }

    /// <summary>The process sleeps: what reaches it waits, and it does not notice that time passes.</summary>
    public static void Pause(TestNode node) => node.IsPaused = true;

    /// <summary>It wakes, and takes in what has waited, in its order; its next tick comes with the next advance.</summary>
    public void Resume(TestNode node)
    {
        node.IsPaused = false;
        while (node.Backlog.TryDequeue(out Event? happened))
            _events.Enqueue((node, happened));
    }

    /// <summary>Sends a request to whichever run has the address, or to one certain run; <see cref="Run"/> delivers it.</summary>
    public TestCall Send(NodeAddress to, Message request, TestNode? run = null)
    {
        CallId id = new(Tester, ++_number);
        TestCall call = new();
        _calls.Add(id.Number, call);
        _packets.Enqueue(new Packet.Call(null, to, run, id, request));
        return call;
    }

    /// <summary>Sends a request and runs; the answer, or null where there is none yet.</summary>
    public Message? Ask(NodeAddress to, Message request, TestNode? run = null)
    {
        TestCall call = Send(to, request, run);
        Run();
        return call.Reply;
    }

    /// <summary>Tells all nodes what the leading master would publish.</summary>
    public void Publish(Message notice)
    {
        foreach (TestNode node in _nodes.Values)
            _events.Enqueue((node, new Event.Published(notice)));
    }

    /// <summary>Delivers until nothing is left to do at this moment.</summary>
    public void Run()
    {
        for (int steps = 0; Next(); steps++)
            Assert.True(steps < 1_000_000, "the nodes do not come to rest");
    }

    /// <summary>From now on every request of this sort to the store meets this fate, and nothing else anything else.</summary>
    public void LetStore<TRequest>(Fate fate)
        where TRequest : StoreRequest =>
        FateOf = packet => packet is Packet.Store { Request: TRequest } ? fate : Fate.Deliver;

    /// <summary>From now on every call of this sort meets this fate, and nothing else anything else.</summary>
    public void LetCall<TRequest>(Fate fate)
        where TRequest : Message =>
        FateOf = packet => packet is Packet.Call { Request: TRequest } ? fate : Fate.Deliver;

    /// <summary>From now on every answer of this sort meets this fate, and nothing else anything else.</summary>
    public void LetAnswer<TReply>(Fate fate)
        where TReply : Message =>
        FateOf = packet => packet is Packet.Answer { Reply: TReply } ? fate : Fate.Deliver;

    /// <summary>From now on everything that goes to or from a group's copy is lost, but for what the test itself asks.</summary>
    public void CutOff(NodeAddress address) => FateOf = packet => packet switch
    {
        Packet.Call { From: { } from } call when call.To == address || from.Node.Address == address => Fate.Lose,
        Packet.Answer answer when answer.Sender.Node.Address == address && answer.Id.Caller != Tester => Fate.Lose,
        _ => Fate.Deliver,
    };

    /// <summary>Lets time pass, 100 ms at a time, and runs after each.</summary>
    public void Advance(TimeSpan span)
    {
        Run();
        for (Instant end = Now + span; Now < end;)
        {
            Now += TimeSpan.FromMilliseconds(100);
            foreach (TestNode node in _runs.Values.Where(static node => node is { IsUp: true, IsPaused: false }))
                _events.Enqueue((node, new Event.Tick(WallClock?.Invoke(node))));

            Run();
        }
    }

    /// <summary>Delivers what was held, as it is.</summary>
    public void Release(Packet packet) => Release(packet, Fate.Deliver);

    /// <summary>What was held meets this fate.</summary>
    public void Release(Packet packet, Fate fate)
    {
        Assert.True(Held.Remove(packet), "the packet is not held");
        Meet(packet, fate);
    }

    /// <summary>Delivers everything that was held, and holds nothing of it again.</summary>
    public void ReleaseAll()
    {
        FateOf = null;
        foreach (Packet packet in Held.ToArray())
            Release(packet);

        Run();
    }

    private bool Next()
    {
        if (_events.TryDequeue(out (TestNode Node, Event Happened) next))
        {
            if (next.Node.IsPaused)
            {
                next.Node.Backlog.Enqueue(next.Happened);
                return true;
            }

            Step(next.Node, next.Happened);
            next.Node.NeedsFlush = true;
            return true;
        }

        if (_packets.TryDequeue(out Packet? packet))
        {
            Meet(packet, FateOf?.Invoke(packet) ?? Fate.Deliver);
            return true;
        }

        return Flush();
    }

    private bool Flush()
    {
        TestNode? node = _runs.Values.FirstOrDefault(static node => node is { NeedsFlush: true, IsPaused: false });
        if (node is null)
            return false;

        node.NeedsFlush = false;
        Step(node, Event.Flush.Instance);
        return true;
    }

    private void Step(TestNode node, Event happened)
    {
        if (!node.IsUp)
            return;

        _effects.Clear();
        node.Node.Step(Now, happened, _effects);
        foreach (Effect effect in _effects)
            CarryOut(node, effect);
    }

    private void CarryOut(TestNode node, Effect effect)
    {
        switch (effect)
        {
            case Effect.Store store:
                _packets.Enqueue(new Packet.Store(node, store.Request));
                break;
            case Effect.Call call:
                _packets.Enqueue(new Packet.Call(node, call.To, null, call.Id, call.Request));
                break;
            case Effect.Answer answer:
                _packets.Enqueue(new Packet.Answer(node, answer.Id, answer.Reply));
                break;
            case Effect.Publish publish:
                Published.Add(publish.Notice);
                if (!LosesPublished)
                    Publish(publish.Notice);

                break;
            case Effect.Alarm alarm:
                Alarms.Add(alarm.Text);
                break;
            case Effect.Complete:
                break;
        }
    }

    private void Meet(Packet packet, Fate fate)
    {
        switch (fate)
        {
            case Fate.Deliver:
                Deliver(packet);
                break;
            case Fate.Hold:
                Held.Add(packet);
                break;
            case Fate.Lose:
                break;
            case Fate.Duplicate:
                Deliver(packet);
                Deliver(packet);
                break;
            case Fate.LoseCompletion:
                Store.Execute(((Packet.Store)packet).Request);
                break;
            case Fate.Fail:
                Fail((Packet.Store)packet, PutOutcome.NotStored);
                break;
            case Fate.Unknown when packet is Packet.Store { Request: StoreRequest.Put put }:
                Store.Execute(put);
                Fail((Packet.Store)packet, PutOutcome.Unknown);
                break;
            case Fate.Unknown:
                Deliver(packet);
                break;
            case Fate.UnknownNotStored:
                Fail((Packet.Store)packet, PutOutcome.Unknown);
                break;
        }
    }

    private void Fail(Packet.Store packet, PutOutcome outcome)
    {
        StoreCompletion completion = packet.Request is StoreRequest.Put put
            ? new StoreCompletion.Put(put.Op, outcome, "the test says so")
            : new StoreCompletion.Failed(packet.Request.Op, "the test says so");
        _events.Enqueue((packet.Node, new Event.Stored(completion)));
    }

    private void Deliver(Packet packet)
    {
        switch (packet)
        {
            case Packet.Store store:
                StoreCompletion completion = Store.Execute(store.Request);
                _events.Enqueue((store.Node, new Event.Stored(completion)));
                break;
            case Packet.Call call:
                Deliver(call);
                break;
            case Packet.Answer answer when answer.Id.Caller == Tester:
                _calls[answer.Id.Number].Replies.Add(answer.Reply);
                break;
            case Packet.Answer answer:
                _events.Enqueue((_runs[answer.Id.Caller], new Event.Answered(answer.Id, answer.Reply)));
                break;
        }
    }

    private void Deliver(Packet.Call call)
    {
        TestNode? callee = call.Run ?? Find(call.To);
        if (callee is not null)
        {
            NodeAddress from = call.From?.Node.Address ?? TesterAddress;
            _events.Enqueue((callee, new Event.Called(call.Id, from, call.Request)));
        }
        else if (call.From is { } caller)
        {
            _events.Enqueue((caller, new Event.CallFailed(call.Id, false, $"there is no {call.To}")));
        }
    }

    private TestNode? Find(NodeAddress address)
    {
        if (_nodes.TryGetValue(address, out TestNode? running))
            return running;

        return create(address, new Incarnation(_run + 1)) is null ? null : Start(address);
    }
}
