using System.Collections.Immutable;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Interfaces.Wire;
using OrleansShards.Tests.Orleans.Cluster;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>What no node of this release could have sent is refused before a node sees it.</summary>
public sealed class MessageCheckTests
{
    private static readonly Dictionary<string, Message> Malformed = new()
    {
        ["KeyReply.Verdict is 99, where one of Done, Absent, Differs, StaleSequence was expected"] =
            new KeyReply((KeyVerdict)99, default),
        ["KeyRequest.Command.Verb is 0, where one of Read, Write, CompareAndSet, Delete was expected"] =
            Request(SessionTag.None, default),
        ["KeyRequest.Session.Kind is 9, where one of None, Client, Router was expected"] =
            Request(new SessionTag((SessionKind)9, "c1", 1), KeyVerb.Read),
        ["KeyRequest.Session.Client is missing, where a String was expected"] =
            Request(new SessionTag(SessionKind.Client, null!, 1), KeyVerb.Read),
        ["KeyRequest.Command is missing, where a KeyCommand was expected"] = new KeyRequest(SessionTag.None, null!),
        ["ShardRefusal.Text is missing, where a String was expected"] =
            new ShardRefusal(ShardRefusalKind.Moved, null!, new GroupId("g2"), new Epoch(2)),
        ["ShardRefusal.Owner.Value is missing, where a String was expected"] =
            new ShardRefusal(ShardRefusalKind.Moved, "", default(GroupId), new Epoch(2)),
        ["JoinGroups.Groups is missing, where a list of GroupId was expected"] = new JoinGroups(default, false),
        ["JoinGroups.Groups[].Value is missing, where a String was expected"] =
            new JoinGroups([new("g1"), default], false),
        ["MovePlan.Moves[] is missing, where a PlannedMove was expected"] = new MovePlan([null!]),
        ["ConfigReply.Shards is missing, where a map was expected"] =
            new ConfigReply(new Epoch(3), null!, [new("g1")]),
        ["ConfigReply.Shards[].Value is missing, where a String was expected"] =
            new ConfigReply(new Epoch(3), ImmutableSortedDictionary<int, GroupId>.Empty.Add(1, default), [new("g1")]),
        ["CreateCluster.Definition.Masters is missing, where a list of MasterName was expected"] =
            new CreateCluster(new ClusterDefinition(default, [new("g1")], 8)),
    };

    public static TheoryData<string> Refusals => [.. Malformed.Keys];

    [Fact]
    public async Task Call_WithARequestOfANewerRelease_EndsAndTheNodeServesOn()
    {
        await using OrleansCluster cluster = await OrleansCluster.StartAsync(1);
        IShardGrain shard = cluster.Silos.Client.GetGrain<IShardGrain>(GrainCalls.KeyOf(new("n1"), new(0)));
        KeyCommand unknown = new((KeyVerb)99, JsonText.Parse("1"), default, default, false);

        MalformedMessageException refusal = await Assert.ThrowsAsync<MalformedMessageException>(
            () => shard.OnKey(new KeyRequest(SessionTag.None, unknown)));

        Assert.Equal(
            "KeyRequest.Command.Verb is 99, where one of Read, Write, CompareAndSet, Delete was expected", refusal.Message);
        Assert.IsType<ClientOutcome.Applied>(await cluster.WriteAsync(1, 1));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Whole_OfAMessageThatIsNot_IsRefusedWithItsField(string refusal) => Assert.Equal(
        refusal, Assert.Throws<MalformedMessageException>(() => MessageCheck.Whole(Malformed[refusal])).Message);

    [Fact]
    public void Whole_OfNothing_IsRefused() => Assert.Equal(
        "the message is missing, where a KeyRequest was expected",
        Assert.Throws<MalformedMessageException>(static () => MessageCheck.Whole<KeyRequest>(null)).Message);

    [Fact]
    public void Read_OfAVerdictOfANewerRelease_IsRefused() => Assert.Throws<MalformedMessageException>(
        static () => WireServices.Read(WireServices.Write(new KeyReply((KeyVerdict)99, default))));

    [Fact]
    public void Read_OfAFieldOfANewerRelease_SkipsIt()
    {
        KeyReply sent = new(KeyVerdict.Absent, default);
        byte[] wire = WireServices.Write(sent);

        // Before the end of the object: a field whose id is the last one's and two more, a number of one byte.
        const byte EndOfObject = 0xE0;
        int end = Array.LastIndexOf(wire, EndOfObject);
        Assert.True(end > 0, $"no end of an object in {Convert.ToHexString(wire)}");
        byte[] newer = [.. wire[..end], 0x02, 0x03, .. wire[end..]];

        Assert.Equal(sent, WireServices.Read(newer));
    }

    [Fact]
    public void RoundTrip_OfARefusal_KeepsItsText()
    {
        byte[] wire = WireServices.Serializer.SerializeToArray<Exception>(new MalformedMessageException("a, where b was expected"));

        Exception? back = WireServices.Serializer.Deserialize<Exception>(wire);

        Assert.Equal("a, where b was expected", Assert.IsType<MalformedMessageException>(back).Message);
    }

    private static KeyRequest Request(SessionTag session, KeyVerb verb) =>
        new(session, new KeyCommand(verb, JsonText.Parse("1"), default, default, false));
}
