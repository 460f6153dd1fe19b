using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces.Wire;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>What no node of this version could have sent is refused before a node sees it.</summary>
public sealed class ReceivedTests
{
    [Fact]
    public void Convert_AVerdictOfANewerVersion_IsRefused()
    {
        KeyReplyWire wire = new() { Verdict = 99 };

        MalformedMessageException refusal =
            Assert.Throws<MalformedMessageException>(() => new KeyReplyConverter().ConvertFromSurrogate(in wire));

        Assert.Equal(
            "KeyVerdict 99, where one of Done, Absent, Differs, StaleSequence was expected", refusal.Message);
    }

    [Fact]
    public void Convert_ASessionWithoutAClient_IsRefused()
    {
        KeyRequestWire wire = new() { Session = (int)SessionKind.Client, Verb = (int)KeyVerb.Read };

        MalformedMessageException refusal =
            Assert.Throws<MalformedMessageException>(() => new KeyRequestConverter().ConvertFromSurrogate(in wire));

        Assert.Equal("wire.Client is missing, where a String was expected", refusal.Message);
    }

    [Fact]
    public void Convert_AShardMapWithAnOwnerTooFew_IsRefused()
    {
        ConfigReplyWire wire = new() { Shards = [0, 1], Owners = ["g1"], Groups = ["g1"] };

        MalformedMessageException refusal =
            Assert.Throws<MalformedMessageException>(() => new ConfigReplyConverter().ConvertFromSurrogate(in wire));

        Assert.Equal("a shard map of 2 shards with 1 owners, where one each was expected", refusal.Message);
    }

    [Fact]
    public void Read_OfAFieldOfANewerVersion_SkipsIt()
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
}
