using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.TestHost;

namespace OrleansShards.Tests.Core.Shards;

public sealed class ShardLimitsTests
{
    private readonly ShardCluster _cluster = new(static config => config with
    {
        Limits = new DataLimits { KeyBytesMax = 8, ValueBytesMax = 40, SessionNameBytesMax = 8, ShardBytesMax = 100, SiloBytesMax = 1000 },
    });

    [Fact]
    public void Write_TooLargeValue_IsRefusedByTheShard()
    {
        _cluster.Seed("g1", "{}");

        AssertRefused(ShardRefusalKind.Malformed, LimitName.Value, _cluster.Write("g1", "1", Text(50)));
        Assert.Equal(Keys.Absent, _cluster.Read("g1", "1"));
    }

    [Fact]
    public void Write_FullShard_IsRefused_AndWhatMakesItSmallerIsNot()
    {
        Fill();

        AssertRefused(ShardRefusalKind.NotReady, LimitName.Shard, _cluster.Write("g1", "4", Text(30)));
        Assert.Equal(Keys.Absent, _cluster.Read("g1", "4"));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "1", Text(20)));
        Assert.Equal(Keys.Done(), _cluster.Ask("g1", Keys.Delete("2")));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "4", Text(30)));
    }

    [Fact]
    public void Write_FullShard_Repeated_HasItsRecordedAnswer()
    {
        _cluster.Seed("g1", "{}");
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "9", Text(30), Keys.Client("c", 1)));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "9", "1", Keys.Client("d", 1)));
        Fill(seeds: false);

        Assert.Equal(Keys.Done(), _cluster.Write("g1", "9", Text(30), Keys.Client("c", 1)));
        AssertRefused(ShardRefusalKind.NotReady, LimitName.Shard, _cluster.Write("g1", "9", Text(30), Keys.Client("c", 2)));
    }

    [Fact]
    public void Write_FullSilo_IsRefusedUntilThereIsRoom()
    {
        _cluster.Seed("g1", "{}");
        TestNode node = _cluster.Nodes.Start(ShardCluster.At("g1"));
        Tell(node, 990);
        AssertRefused(ShardRefusalKind.NotReady, LimitName.Silo, _cluster.Write("g1", "1", Text(30)));
        Tell(node, 900);
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "1", Text(30)));
    }

    [Theory]
    [InlineData("""{"toolongkey":1}""", null, LimitName.Key)]
    [InlineData("""{"x":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""", null, LimitName.Value)]
    [InlineData("""{"x":1}""", """{"toolongname":{"seq":5,"reply":{"type":"write_ok"}}}""", LimitName.SessionName)]
    public void Seed_WithSomethingTooLarge_IsRefused(string data, string? sessions, LimitName limit)
    {
        AssertRefused(ShardRefusalKind.Malformed, limit, _cluster.Seed("g1", data, sessions));
        string snapshot = sessions is null ? $$"""{"data":{{data}}}""" : $$"""{"data":{{data}},"sessions":{{sessions}}}""";
        AssertRefused(ShardRefusalKind.Malformed, limit, _cluster.Receive("g1", JsonText.Parse(snapshot)));
    }

    [Fact]
    public void Seed_LargerThanAShard_IsRefused_AndNothingIsTaken()
    {
        string data = $$"""{"a":{{Text(30)}},"b":{{Text(30)}},"c":{{Text(30)}},"d":{{Text(30)}}}""";

        AssertRefused(ShardRefusalKind.Malformed, LimitName.Shard, _cluster.Seed("g1", data));
        Assert.Equal(TransferPhase.None, _cluster.Ownership("g1").Phase);
    }

    [Fact]
    public void Receive_Repeated_FullShard_HasTheSameAnswer()
    {
        JsonText snapshot = _cluster.Received($$"""{"a":{{Text(38)}},"b":{{Text(38)}}}""");

        Assert.IsType<ShardDone>(_cluster.Receive("g2", snapshot, "g1"));
    }

    [Fact]
    public void Key_LongerThanALimitThatWasLowered_CanBeReadAndDeleted()
    {
        DataLimits limits = new();
        ShardCluster cluster = new(config => config with { Limits = limits });
        cluster.Seed("g1", "{}");
        cluster.Write("g1", Text(50), "1");
        limits = new DataLimits { KeyBytesMax = 49 };
        cluster.Crash("g1");

        Assert.Equal(Keys.Done("1"), cluster.Read("g1", Text(50)));
        AssertRefused(ShardRefusalKind.Malformed, LimitName.Key, cluster.Write("g1", Text(50), "2"));
        Assert.Equal(Keys.Done("1"), cluster.Read("g1", Text(50), Keys.Client("c", 1)));
        Assert.Equal(Keys.Done(), cluster.Ask("g1", Keys.Delete(Text(50))));
        Assert.Equal(Keys.Absent, cluster.Read("g1", Text(50)));
    }

    [Fact]
    public void Copy_FullSilo_FailsBeforeItBegins_AndBeginsWhenThereIsRoom()
    {
        _cluster.Seed("g1", "{}");
        TestNode target = _cluster.Nodes.Start(ShardCluster.At("g2"));
        Tell(target, 1000);
        MoveProgress refused = Assert.IsType<MoveProgress>(_cluster.Ask("g2", Copying));
        Assert.Equal(MoveStep.Failed, refused.Step);
        Assert.StartsWith("the silo is full: its shards hold 1,000 bytes", refused.Obstacle, StringComparison.Ordinal);
        Assert.Equal(MoveId.None, _cluster.Node("g2").State.Receiving);
        Assert.Equal(0, Assert.IsType<ShardSize>(_cluster.Ask("g2", new QueryShardSize())).Room);

        Tell(target, 900);
        Assert.Equal(100, Assert.IsType<ShardSize>(_cluster.Ask("g2", new QueryShardSize())).Room);
        Drive(_cluster);
    }

    [Fact]
    public void Move_ShardLargerThanAMessage_IsCarriedOut()
    {
        ShardCluster cluster = LargerThanAMessage();
        Drive(cluster);

        Assert.Equal(Keys.Large(16 << 20), Assert.IsType<KeyReply>(cluster.Read("g2", "3")).Value);
        AssertRefused(ShardRefusalKind.Malformed, LimitName.Message, cluster.Snapshot("g2"));
    }

    [Fact]
    public void Prepare_SnapshotLargerThanAMessage_IsRefusedAndNotSealed()
    {
        ShardCluster cluster = LargerThanAMessage();
        AssertRefused(ShardRefusalKind.Malformed, LimitName.Message, cluster.Prepare("g1", "g2"));
        AssertRefused(ShardRefusalKind.Malformed, LimitName.Message, cluster.Snapshot("g1"));
        Assert.Equal(TransferPhase.Serving, cluster.Ownership("g1").Phase);
    }

    private static DriveMove Copying { get; } =
        new(new Term(5), new MoveId(7), new GroupId("g1"), new GroupId("g2"), MoveCommand.Copy, Epoch.None);

    private static ShardCluster LargerThanAMessage()
    {
        ShardCluster cluster = new(static config => config with
        {
            Limits = new DataLimits { ValueBytesMax = 16 << 20 },
            MoveBytesPerSecond = 1 << 30,
        });
        cluster.Seed("g1", "{}");
        for (int key = 0; key < 4; key++)
        {
            KeyCommand command = new(KeyVerb.Write, JsonText.Parse($"{key}"), Keys.Large(16 << 20), default, false);
            Assert.Equal(Keys.Done(), cluster.Ask("g1", new KeyRequest(SessionTag.None, command)));
        }

        return cluster;
    }

    private static void Drive(ShardCluster cluster)
    {
        for (int tick = 0; tick < 100 && cluster.Ownership("g2").Phase != TransferPhase.Serving; tick++)
        {
            cluster.Ask("g2", Copying);
            cluster.Nodes.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(TransferPhase.Serving, cluster.Ownership("g2").Phase);
    }

    private void Fill(bool seeds = true)
    {
        if (seeds)
            _cluster.Seed("g1", "{}");

        Assert.Equal(Keys.Done(), _cluster.Write("g1", "1", Text(30)));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "2", Text(30)));
        Assert.Equal(Keys.Done(), _cluster.Write("g1", "3", Text(25)));
    }

    private void Tell(TestNode node, long bytes)
    {
        node.Node.Step(default, new Event.HostMeasured(bytes), []);
        _cluster.Nodes.Run();
    }

    // A JSON string of so many bytes.
    private static string Text(int bytes) => $"\"{new string('a', bytes - 2)}\"";

    private static void AssertRefused(ShardRefusalKind kind, LimitName limit, Message? reply)
    {
        ShardRefusal refusal = Assert.IsType<ShardRefusal>(reply);
        Assert.Equal((kind, (LimitName?)limit), (refusal.Kind, refusal.Limit));
    }
}
