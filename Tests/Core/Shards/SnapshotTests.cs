using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

public sealed class SnapshotTests
{
    private static readonly string Whole = """
        {"data":{"y":2,"x":{"b":1,"a":[1.50]}},"entries":[[7,null],[[1],"v"]],"sessions":{
        "w":{"seq":1,"reply":{"type":"write_ok"}},"r":{"seq":-3,"reply":{"type":"read_ok","value":1e2}},
        "c":{"seq":3,"reply":{"type":"cas_ok"}},"d":{"seq":4,"reply":{"type":"delete_ok"}},
        "a":{"seq":5,"reply":{"type":"error","code":20,"text":"key does not exist"}},
        "f":{"seq":6,"reply":{"type":"error","code":22,"text":"the present value differs","value":[]}}}}
        """.ReplaceLineEndings("");

    // The same content as another program might write it after parsing.
    private static readonly string Reformatted = """
        { "sessions": {"f":{"reply":{"code":22.0,"type":"error","value":[ ],"text":""},"seq":6},
        "a":{"seq":5,"reply":{"type":"error","code":20}},"d":{"seq":4,"reply":{"type":"delete_ok"}},
        "c":{"seq":3,"reply":{"type":"cas_ok"}},"r":{"seq":-3,"reply":{"type":"read_ok","value":100}},
        "w":{"seq":1.0,"reply":{"type":"write_ok"}}},"entries":[ [[1.0],"\u0076"], [7.0, null ] ],
        "data":{"x":{"a":[1.5],"b":1},"\u0079":2}}
        """;

    [Fact]
    public void WhatIsRead_IsWrittenAgainToTheByte()
    {
        ShardReplay shard = new();
        Assert.IsType<ShardDone>(Install(shard, Whole));

        Assert.Equal(Whole, shard.Snapshot());
        Assert.Equal(Whole, shard.Restored().Snapshot());
        Assert.Equal(Keys.Done("1e2"), shard.State.Recorded(Keys.Client("r", -3)));
        Assert.Equal(Keys.Differs("[]"), shard.State.Recorded(Keys.Client("f", 6)));
        Assert.Equal(Keys.Absent, shard.State.Recorded(Keys.Client("a", 5)));
    }

    [Fact]
    public void Digest_IsThatOfTheContentByValue()
    {
        ShardReplay shard = new();
        Install(shard, Whole);

        Assert.Equal(Parse(Whole).Digest(), shard.State.ContentDigest());
        Assert.Equal(Parse(Whole).Digest(), Parse(Reformatted).Digest());
        Assert.Equal(shard.State.ContentDigest(), shard.Restored().State.ContentDigest());
    }

    [Theory]
    [InlineData("""{"data":{"x":1}}""", """{"data":{"x":2}}""")]
    [InlineData("""{"data":{"x":1}}""", """{"data":{"y":1}}""")]
    [InlineData("""{"data":{"x":1}}""", """{"data":{}}""")]
    [InlineData("""{"data":{"x":1,"y":2}}""", """{"data":{"x":2,"y":1}}""")]
    [InlineData("""{"data":{"1":1}}""", """{"data":{},"entries":[[1,1]]}""")]
    [InlineData(
        """{"data":{},"sessions":{"c":{"seq":1,"reply":{"type":"write_ok"}}}}""",
        """{"data":{},"sessions":{"c":{"seq":2,"reply":{"type":"write_ok"}}}}""")]
    [InlineData(
        """{"data":{},"sessions":{"c":{"seq":1,"reply":{"type":"write_ok"}}}}""",
        """{"data":{},"sessions":{"c":{"seq":1,"reply":{"type":"cas_ok"}}}}""")]
    [InlineData(
        """{"data":{},"sessions":{"c":{"seq":1,"reply":{"type":"read_ok","value":1}}}}""",
        """{"data":{},"sessions":{"c":{"seq":1,"reply":{"type":"read_ok","value":2}}}}""")]
    public void Digest_OfOtherContent_Differs(string one, string other) =>
        Assert.NotEqual(Parse(one).Digest(), Parse(other).Digest());

    [Fact]
    public void Digest_DoesNotCountRouterSessions()
    {
        ShardReplay shard = ShardReplay.Serving();
        shard.Do(Keys.Write("1", "1"));
        ulong before = shard.State.ContentDigest();
        shard.Do(Keys.Read("1", Keys.Router("r", 1)));
        Assert.Equal(before, shard.State.ContentDigest());
        shard.Do(Keys.Read("1", Keys.Client("c", 1)));
        Assert.NotEqual(before, shard.State.ContentDigest());
    }

    [Theory]
    [InlineData("[]", "snapshot: expected an object")]
    [InlineData("{}", "snapshot: expected an object with the member data")]
    [InlineData("""{"data":[]}""", "snapshot.data: expected an object")]
    [InlineData("""{"data":{},"more":1}""", "unknown member \"more\"")]
    [InlineData("""{"data":{},"sessions":[]}""", "snapshot.sessions: expected an object")]
    [InlineData("""{"data":{},"entries":{}}""", "snapshot.entries: expected an array of pairs")]
    [InlineData("""{"data":{},"entries":[1]}""", "snapshot.entries: expected an array of pairs")]
    [InlineData("""{"data":{},"entries":[[1]]}""", "snapshot.entries: expected an array of pairs")]
    [InlineData("""{"data":{},"entries":[[1,2,3]]}""", "snapshot.entries: expected an array of pairs")]
    [InlineData("""{"data":{},"entries":[[1,2],[1.0,3]]}""", "no key twice")]
    [InlineData("""{"entries":[["x",2]],"data":{"x":1}}""", "no key twice nor in data")]
    public void Read_WhatIsNoSnapshot_NamesTheMember(string json, string error)
    {
        Assert.False(SnapshotReader.TryRead(JsonText.Parse(json), out _, out string text));
        Assert.Contains(error, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""1""")]
    [InlineData("""{"seq":1}""")]
    [InlineData("""{"reply":{"type":"write_ok"}}""")]
    [InlineData("""{"seq":"1","reply":{"type":"write_ok"}}""")]
    [InlineData("""{"seq":1.5,"reply":{"type":"write_ok"}}""")]
    [InlineData("""{"seq":1,"reply":{"type":"move_ok"}}""")]
    [InlineData("""{"seq":1,"reply":{"type":"read_ok"}}""")]
    [InlineData("""{"seq":1,"reply":{"type":"error","code":11}}""")]
    [InlineData("""{"seq":1,"reply":{"type":"write_ok","value":1}}""")]
    [InlineData("""{"seq":1,"reply":{"type":"write_ok","x":1}}""")]
    [InlineData("""{"seq":1,"reply":{"type":"write_ok"},"x":1}""")]
    public void Read_WhatIsNoSession_NamesIt(string session)
    {
        JsonText snapshot = JsonText.Parse("{\"data\":{},\"sessions\":{\"c\":" + session + "}}");
        Assert.False(SnapshotReader.TryRead(snapshot, out _, out string text));
        Assert.StartsWith("snapshot.sessions.c: expected", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AValueNestedTooDeep_NamesTheKey()
    {
        string deep = new string('[', JsonLimits.DepthMax + 1) + new string(']', JsonLimits.DepthMax + 1);
        Assert.False(SnapshotReader.TryRead(Trusted("{\"data\":{\"k\":" + deep + "}}"), out _, out string text));
        Assert.Contains("\"k\"", text, StringComparison.Ordinal);
        Assert.False(SnapshotReader.TryRead(Trusted("{\"data\":{},\"entries\":[[0," + deep + "]]}"), out _, out text));
        Assert.Contains("snapshot.entries", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", null, "data: expected an object")]
    [InlineData("{}", "[]", "sessions: expected an object")]
    [InlineData("{}", """{"c":{"seq":1}}""", "sessions.c: expected seq")]
    public void ReadSeed_WhatIsNone_NamesTheMember(string data, string? sessions, string error)
    {
        JsonText text = sessions is null ? default : JsonText.Parse(sessions);
        Assert.False(SnapshotReader.TryReadSeed(JsonText.Parse(data), text, out _, out string found));
        Assert.StartsWith(error, found, StringComparison.Ordinal);
    }

    private static JsonText Trusted(string json) => JsonText.Trusted(System.Text.Encoding.UTF8.GetBytes(json));

    private static ShardContent Parse(string json)
    {
        Assert.True(SnapshotReader.TryRead(JsonText.Parse(json), out ShardContent content, out string error), error);
        return content;
    }

    private static Message Install(ShardReplay shard, string json) =>
        shard.Do(new TransferEntry.Install(new Epoch(1), Parse(json).Digest(), Parse(json)));
}
