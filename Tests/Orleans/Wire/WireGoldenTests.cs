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

    [Fact]
    public void Write_OfAnOrderToMove_HasTheKnownBytes() => IsOnTheWire(
        new DriveMove(new(3), new(7), new("g1"), new("g2"), MoveOrder.Commit, new(9)),
        "30014BFDF1A22F4F726C65616E735368617264732E44726976654D6F76650007010F410567314105673201090113E0");

    [Fact]
    public void Write_OfAQuestionForTheDecision_HasTheKnownBytes() => IsOnTheWire(
        new SettleMove(new(4), new(7), new(9), new MoveReceipt(2, 1, 30, 0x0123456789ABCDEF)),
        "3001CC1903D5314F726C65616E735368617264732E536574746C654D6F76650011010F01132100090105017981EFCDAB8967"
        + "452301E0E0");

    [Fact]
    public void Write_OfAMovesStatus_HasTheKnownBytes() => IsOnTheWire(
        new MoveStatus(new(4), MovePhase.Copying, false, new("g1"), new("g2"), new(9), 0, 0, 10, 20, null, "waits"),
        "3001E8821551314F726C65616E735368617264732E4D6F766553746174757300110109420567314105673201130329015142"
        + "0B7761697473E0");

    [Fact]
    public void Write_OfAPlan_HasTheKnownBytes() => IsOnTheWire(
        new MovePlan([new PlannedMove(new(4), new("g1"), new("g2"), 30, null)]),
        "3001B1F365362D4F726C65616E735368617264732E4D6F7665506C616E20000321001141056731410567320179E0E0E0");

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
