using System.Text.Json;

namespace OrleansShards.Tests.Processes;

/// <summary>Several gateway processes that are one cluster, as Maelstrom starts them.</summary>
public sealed class ClusterTests
{
    private static readonly string[] Nodes = ["n1", "n2", "n3"];
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    [Fact]
    public void Cluster_FounderIsKilledInMidBurst_AnotherTakesItsPlace_AndNoAcknowledgedWriteIsLost()
    {
        WriteBurst burst = new(16);
        using GatewayProcess second = StartAfterFounder(out GatewayProcess founder);
        using GatewayProcess third = Start("n3");
        using (founder)
        {
            burst.Run(second, "n2", 200);
            founder.Kill();
        }

        // What was under way at the founder is sent again to its successor, in the same sessions.
        burst.Finish(second);
        burst.Verify(key => third.Read("n3", key));
        burst.Run(third, "n3", 200);
        burst.Finish(third);
        burst.Verify(key => second.Read("n2", key));

        Assert.Equal(0, third.End());
        Assert.Equal(0, second.End());
    }

    [Fact]
    public void Cluster_FounderEndsOrderly_TheOthersGoOn()
    {
        using GatewayProcess second = StartAfterFounder(out GatewayProcess founder);
        using (founder)
        {
            Assert.Equal("write_ok", TypeOf(founder.Ask("c", "n1", Write(1))));
            Assert.Equal(0, founder.End());
        }

        Assert.Equal(1, second.Read("n2", "k").GetProperty("value").GetInt32());
        Assert.Equal(0, second.End());
    }

    [Fact]
    public void Cluster_LastProcessHasEnded_TheNextOneIsFresh()
    {
        using (GatewayProcess first = Start("n1"))
        {
            Assert.Equal("write_ok", TypeOf(first.Ask("c", "n1", Write(1))));
            first.Kill();
        }

        using GatewayProcess next = Start("n1");
        Assert.Equal(20, next.Read("n1", "k").GetProperty("code").GetInt32());
        Assert.Equal(0, next.End());
    }

    [Fact]
    public void Cluster_WithData_OutlivesItsProcesses()
    {
        string directory = Directory.CreateTempSubdirectory("orleansshards-cluster-").FullName;
        try
        {
            using (GatewayProcess first = Start("n1", "--data", directory))
            {
                Assert.Equal("write_ok", TypeOf(first.Ask("c", "n1", Write(1))));
                first.Kill();
            }

            using GatewayProcess next = Start("n1", "--data", directory);
            Assert.Equal(1, next.Read("n1", "k").GetProperty("value").GetInt32());
            Assert.Equal(0, next.End());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Init_WithOtherNodes_IsRefusedWithWhatTheClusterIs()
    {
        using GatewayProcess first = Start("n1");
        using GatewayProcess other = new("--cluster", _name);
        JsonElement reply = other.Ask(
            "c0", "x1", """{"type":"init","msg_id":1,"node_id":"x1","node_ids":["x1","x2"]}""");

        Assert.Equal(22, reply.GetProperty("code").GetInt32());
        Assert.Contains("n1, n2", reply.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Cluster_HandOverThroughAnyProcess_IsSeenByAll()
    {
        using GatewayProcess second = StartAfterFounder(out GatewayProcess founder);
        using (founder)
        {
            Ask(second, "n1", "seed_shard_ok", """{"type":"seed_shard","msg_id":1,"shard":3,"data":{"x":1}}""");
            Ask(founder, "n1", "prepare_migration_ok",
                """{"type":"prepare_migration","msg_id":2,"shard":3,"target_gid":"n2"}""");
            Ask(second, "n2", "receive_shard_ok",
                """{"type":"receive_shard","msg_id":3,"shard":3,"snapshot":{"data":{"x":1}},"source_gid":"n1"}""");
            Ask(founder, "n1", "confirm_received_ok", """{"type":"confirm_received","msg_id":4,"shard":3}""");
            JsonElement read = second.Ask("c", "n3", """{"type":"read","msg_id":5,"key":"x","shard":3}""");
            Assert.Equal(1, read.GetProperty("value").GetInt32());
        }
    }

    private static void Ask(GatewayProcess gateway, string node, string expected, string body)
    {
        JsonElement reply = gateway.Ask("c", node, body);
        Assert.True(expected == TypeOf(reply), $"expected {expected}, got {reply}");
    }

    private static string Write(int value) => $$"""{"type":"write","msg_id":1,"key":"k","value":{{value}}}""";

    private static string? TypeOf(JsonElement body) => body.GetProperty("type").GetString();

    private GatewayProcess StartAfterFounder(out GatewayProcess founder)
    {
        founder = Start("n1");
        return Start("n2");
    }

    private GatewayProcess Start(string node, params string[] more)
    {
        GatewayProcess gateway = new([
            "--cluster", _name, "--key-deadline-ms", "30000", "--deadline-ms", "30000", .. more]);
        gateway.Init(node, Nodes);
        return gateway;
    }
}
