using System.Collections.Immutable;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Client;

/// <summary>A router alone: the test plays everybody that it calls, and the clock.</summary>
internal sealed class RouterHarness
{
    internal static readonly GroupId G1 = new("g1");
    internal static readonly GroupId G2 = new("g2");
    internal static readonly MasterName N1 = new("n1");
    internal static readonly MasterName N2 = new("n2");
    internal static readonly ShardId Shard = new(3);

    private readonly RouterNode _router;

    private TimeSpan _now = TimeSpan.FromSeconds(1);
    private ulong _tickets;

    internal RouterHarness() => _router = new RouterNode(new RouterOptions
    {
        Name = "r",
        Run = new Incarnation(7),
        Masters = [N1, N2],
        Groups = [G1, G2],
        ShardCount = 16,
        Counts = Counts,
    });

    internal RouterCounts Counts { get; } = new();

    /// <summary>Calls that nobody has answered yet, oldest first.</summary>
    internal List<Effect.Call> Calls { get; } = [];

    internal Dictionary<ulong, ClientOutcome> Outcomes { get; } = [];

    internal int OpenRequests => _router.Open;

    internal ulong Submit(ClientRequest request, int deadlineMs = 900)
    {
        ulong ticket = ++_tickets;
        Step(new Event.Submitted(ticket, request, TimeSpan.FromMilliseconds(deadlineMs)));
        return ticket;
    }

    internal ulong Write(string value = "1", SessionTag session = default) => Submit(new ClientRequest.OnKey(
        new KeyCommand(KeyVerb.Write, JsonText.Parse("\"k\""), JsonText.Parse(value), default, false), Shard, session));

    internal ulong Read() => Submit(new ClientRequest.OnKey(
        new KeyCommand(KeyVerb.Read, JsonText.Parse("\"k\""), default, default, false), Shard, SessionTag.None));

    /// <summary>Takes the oldest open call, which has to go where the test expects it.</summary>
    internal Effect.Call Take(NodeAddress to)
    {
        Effect.Call call = Assert.Single(Calls, call => call.To == to);
        Calls.Remove(call);
        return call;
    }

    internal void Answer(Effect.Call call, Message reply) => Step(new Event.Answered(call.Id, reply));

    internal void Fail(Effect.Call call, bool delivered) => Step(new Event.CallFailed(call.Id, delivered, "cut off"));

    internal void Publish(Message notice) => Step(new Event.Published(notice));

    internal void Pass(int milliseconds)
    {
        _now += TimeSpan.FromMilliseconds(milliseconds);
        Step(Event.Tick.Instance);
    }

    /// <summary>The router learns who has the shard, as it does at first use.</summary>
    internal void Locate(GroupId owner)
    {
        Effect.Call question = Take(NodeAddress.Of(N1));
        Assert.Equal(new LocateShard(Shard, null), question.Request);
        Answer(question, new ShardOwner(owner, new Epoch(1), true));
    }

    internal static ShardRefusal Refusal(ShardRefusalKind kind, GroupId? owner = null, ulong epoch = 2) =>
        new(kind, kind.ToString(), owner, new Epoch(epoch));

    /// <summary>The primary's answer to which groups there are, of which the first is a member.</summary>
    internal static ConfigReply Groups(params ImmutableArray<GroupId> groups) =>
        new(new Epoch(1), ImmutableSortedDictionary<int, GroupId>.Empty, [groups[0]]) { Known = groups };

    internal static KeyReply Done => new(KeyVerdict.Done, default);

    private void Step(Event happened)
    {
        List<Effect> effects = [];
        _router.Step(new Instant(_now), happened, effects);
        foreach (Effect effect in effects)
        {
            switch (effect)
            {
                case Effect.Call call:
                    Calls.Add(call);
                    break;
                case Effect.Complete complete:
                    Outcomes.Add(complete.Ticket, (ClientOutcome)complete.Outcome);
                    break;
                default:
                    Assert.Fail($"a router does not do {effect.GetType().Name}");
                    break;
            }
        }
    }
}
