using System.Collections.Immutable;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>
/// The wire's bytes, so that they do not change unseen: silos of two versions meet while they are replaced.
/// </summary>
public sealed class WireGoldenTests
{
    [Fact]
    public void Write_OfAKeyRequest_HasTheKnownBytes() => IsOnTheWire(
        Request(),
        "300118E1DF31314F726C65616E735368617264732E4B657952657175657374"
        + "000541056331011D010D4107226B2241033241033101030101E0");

    [Fact]
    public void Write_OfAKeyReply_HasTheKnownBytes() => IsOnTheWire(
        new KeyReply(KeyVerdict.Differs, JsonText.Parse("[1]")),
        "300186E079CD2D4F726C65616E735368617264732E4B65795265706C79" + "000D41075B315DE0");

    [Fact]
    public void Write_OfAShardMap_HasTheKnownBytes() => IsOnTheWire(
        Map(),
        "300119B49655334F726C65616E735368617264732E436F6E6669675265706C79"
        + "00072100050101006209E02100054105673140056732E0210005C113C015E0E0");

    [Fact]
    public void Write_OfAnEmptyMessage_HasTheKnownBytes() => IsOnTheWire(
        ShardDone.Instance, "300170A3D0832F4F726C65616E735368617264732E5368617264446F6E65" + "E0");

    private static KeyRequest Request() => new(
        new SessionTag(SessionKind.Client, "c1", 7),
        new KeyCommand(KeyVerb.CompareAndSet, JsonText.Parse("\"k\""), JsonText.Parse("2"), JsonText.Parse("1"), true))
    {
        MeantFor = Epoch.None,
    };

    private static ConfigReply Map() => new(
        new Epoch(3),
        ImmutableSortedDictionary<int, GroupId>.Empty.Add(0, new("g1")).Add(300, new("g2")),
        [new("g1"), new("g2")]);

    private static void IsOnTheWire(Message message, string hex)
    {
        Assert.Equal(hex, Convert.ToHexString(WireServices.Write(message)));
        Assert.Equal(FieldText.Of(message), FieldText.Of(WireServices.Read(Convert.FromHexString(hex))));
    }
}
