using System.Text;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces.Wire;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>A JSON text crosses byte for byte, and what is none is refused before a node sees it.</summary>
public sealed class JsonTextWireTests
{
    private const int LargeBytes = 16 * 1024 * 1024;

    [Theory]
    [InlineData("1.0")]
    [InlineData("1e0")]
    [InlineData("""{"b" : 1,  "a":[ ]}""")]
    [InlineData(""" "\u00e9 é \ud800" """)]
    [InlineData("null")]
    public void Read_OfAText_HasItsBytesAsTheyWere(string json)
    {
        JsonText text = JsonText.Parse(json);

        KeyReply sent = new(KeyVerdict.Done, text);

        KeyReply read = Assert.IsType<KeyReply>(WireServices.Read(WireServices.Write(sent)));

        Assert.Equal(text.Span.ToArray(), read.Value.Span.ToArray());
    }

    [Fact]
    public void Read_OfNoValue_IsNoValue()
    {
        KeyReply sent = new(KeyVerdict.Absent, default);

        KeyReply read = Assert.IsType<KeyReply>(WireServices.Read(WireServices.Write(sent)));

        Assert.Equal(JsonKind.None, read.Value.Kind);
    }

    [Fact]
    public void Read_OfALargeSnapshot_IsTheSnapshot()
    {
        JsonText snapshot = JsonText.Parse($$$"""{"data":{"k":"{{{new string('x', LargeBytes)}}}"}}""");

        ShardSnapshotReply read =
            Assert.IsType<ShardSnapshotReply>(WireServices.Read(WireServices.Write(new ShardSnapshotReply(snapshot))));

        Assert.True(read.Snapshot == snapshot, $"{read.Snapshot.Span.Length} other bytes than were sent");
    }

    [Theory]
    [InlineData("{\"a\":1")]
    [InlineData("1 2 ###")]
    [InlineData("       ")]
    [InlineData("{\"a\":é}")]
    public void Read_OfWhatIsNoJson_IsRefused(string malformed)
    {
        // Written as a good text of as many bytes, which are then exchanged: nothing here can write a bad one.
        byte[] bad = Encoding.Latin1.GetBytes(malformed);
        JsonText good = JsonText.Parse('"' + new string('#', bad.Length - 2) + '"');
        byte[] wire = WireServices.Write(new KeyReply(KeyVerdict.Done, good));
        int at = wire.AsSpan().IndexOf(good.Span);
        bad.CopyTo(wire.AsSpan(at));

        MalformedMessageException refusal = Assert.Throws<MalformedMessageException>(() => WireServices.Read(wire));

        Assert.StartsWith($"{bad.Length} bytes that are not the JSON text", refusal.Message, StringComparison.Ordinal);
    }
}
