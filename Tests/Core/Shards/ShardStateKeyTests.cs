using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

public sealed class ShardStateKeyTests
{
    private readonly ShardReplay _shard = ShardReplay.Serving();

    [Fact]
    public void Apply_Verbs_DoWhatTheProtocolSays()
    {
        Assert.Equal(Keys.Absent, _shard.Do(Keys.Read("1")));
        Assert.Equal(Keys.Done(), _shard.Do(Keys.Write("1", "\"a\"")));
        Assert.Equal(Keys.Done("\"a\""), _shard.Do(Keys.Read("1")));
        Assert.Equal(Keys.Differs("\"a\""), _shard.Do(Keys.Cas("1", "\"b\"", "3")));
        Assert.Equal(Keys.Done(), _shard.Do(Keys.Cas("1", "\"a\"", "3")));
        Assert.Equal(Keys.Done(), _shard.Do(Keys.Delete("1")));
        Assert.Equal(Keys.Absent, _shard.Do(Keys.Delete("1")));
        Assert.Equal(Keys.Absent, _shard.Do(Keys.Cas("1", "3", "4")));
        Assert.Equal(Keys.Done(), _shard.Do(Keys.Cas("1", "3", "4", create: true)));
        Assert.Equal(Keys.Done("4"), _shard.State.Read(JsonText.Parse("1")));
        Assert.Equal(Keys.Differs("4"), _shard.Do(Keys.Cas("1", "3", "5", create: true)));
    }

    [Fact]
    public void Cas_ComparesJsonValues()
    {
        _shard.Do(Keys.Write("\"k\"", """{"a":1,"b":[2]}"""));

        Assert.Equal(Keys.Done(), _shard.Do(Keys.Cas("\"k\"", """{ "b": [2.0], "a": 1e0 }""", "0")));
    }

    [Fact]
    public void Keys_AreTheSameByValue_AndKeepTheirFirstSpellingAndTheValuesText()
    {
        _shard.Do(Keys.Write("1.0", "1.50"));
        _shard.Do(Keys.Write("\"\\u0061\"", "1e3"));

        Assert.Equal(Keys.Done("1.50"), _shard.State.Read(JsonText.Parse("1")));
        Assert.Equal(Keys.Done("1e3"), _shard.State.Read(JsonText.Parse("\"a\"")));
        _shard.Do(Keys.Write("1", "2"));
        Assert.Equal("""{"data":{"\u0061":1e3},"entries":[[1.0,2]]}""", _shard.Snapshot());
    }

    [Fact]
    public void Snapshot_KeepsTheOrderOfInsertion()
    {
        foreach (string key in (string[])["\"y\"", "\"x\"", "\"z\""])
            _shard.Do(Keys.Write(key, "0"));

        _shard.Do(Keys.Write("\"x\"", "1"));
        _shard.Do(Keys.Delete("\"y\""));
        _shard.Do(Keys.Write("\"y\"", "2"));

        Assert.Equal("""{"data":{"x":1,"z":0,"y":2}}""", _shard.Snapshot());
    }

    [Fact]
    public void Apply_DoesNotKeepTheEntrysMemory()
    {
        ByteWriter writer = new();
        KeyEntry.Write(writer, Keys.Write("\"k\"", "\"value\"", Keys.Client("c", 1)));
        byte[] entry = writer.ToArray();
        _shard.Apply(entry);
        entry.AsSpan(1).Fill((byte)'x');

        Assert.Equal(
            """{"data":{"k":"value"},"sessions":{"c":{"seq":1,"reply":{"type":"write_ok"}}}}""", _shard.Snapshot());
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("63")]
    [InlineData("01050000013100")]
    [InlineData("01030300013100")]
    [InlineData("0101080001310000")]
    [InlineData("010100013100")]
    [InlineData("010100013100000000")]
    [InlineData("0663")]
    [InlineData("06026732090000000000000000" + "01")]
    public void Apply_BytesThatAreNoEntry_StopTheReader(string hex) =>
        Assert.Throws<CorruptDataException>(() => _shard.Apply(Convert.FromHexString(hex)));

    [Fact]
    public void Apply_WhereNotServed_IsRefusedAndChangesNothing()
    {
        _shard.Do(Keys.Write("1", "1"));
        _shard.Do(new TransferEntry.Prepare(new GroupId("g2")));
        ulong sealedDigest = _shard.State.Digest;

        Assert.Equal(ShardRefusalKind.HandingOver, Refusal(_shard.Do(Keys.Write("1", "2"))).Kind);
        Assert.Equal(sealedDigest, _shard.State.Digest);
        _shard.Do(new TransferEntry.Confirm(new Epoch(2)));
        ShardRefusal moved = Refusal(_shard.Do(Keys.Write("1", "2")));
        Assert.Equal((ShardRefusalKind.Moved, new GroupId("g2"), new Epoch(2)), (moved.Kind, moved.Owner, moved.Epoch));
        Assert.Equal(ShardRefusalKind.NotHeld, Refusal(new ShardReplay().Do(Keys.Write("1", "2"))).Kind);
    }

    [Fact]
    public void Apply_MeantForAnotherEpoch_IsRefusedAndChangesNothing()
    {
        KeyRequest now = Keys.Write("1", "1", Keys.Router("r", 1)) with { MeantFor = new Epoch(1) };
        ulong before = _shard.State.Digest;
        ShardRefusal refused = Refusal(_shard.Do(now with { MeantFor = new Epoch(2) }));
        Assert.Equal(
            (ShardRefusalKind.Moved, ShardReplay.Self, new Epoch(1)), (refused.Kind, refused.Owner, refused.Epoch));
        Assert.Equal(before, _shard.State.Digest);

        Assert.Equal(Keys.Done(), _shard.Do(now));
        Assert.Equal(Keys.Done(), _shard.Do(now with { MeantFor = new Epoch(2) }));
    }

    [Fact]
    public void Digest_OfDifferentStates_Differs()
    {
        KeyRequest[] requests =
        [
            Keys.Write("1", "1"), Keys.Write("1", "2"), Keys.Write("2", "1"), Keys.Write("1.0", "1"),
            Keys.Write("1", "1", Keys.Client("c", 1)), Keys.Write("1", "1", Keys.Client("c", 2)),
            Keys.Write("1", "1", Keys.Client("d", 1)), Keys.Write("1", "1", Keys.Router("c", 1)),
            Keys.Cas("1", "0", "1", Keys.Client("c", 1), create: true), Keys.Read("1", Keys.Client("c", 1)),
        ];
        List<ulong> digests = [_shard.State.Digest];
        foreach (KeyRequest request in requests)
        {
            ShardReplay shard = ShardReplay.Serving();
            shard.Do(request);
            digests.Add(shard.State.Digest);
            shard.Do(new TransferEntry.Prepare(new GroupId("g2")));
            digests.Add(shard.State.Digest);
        }

        Assert.Equal(digests.Count, digests.Distinct().Count());
    }

    private static ShardRefusal Refusal(object reply) => Assert.IsType<ShardRefusal>(reply);
}
