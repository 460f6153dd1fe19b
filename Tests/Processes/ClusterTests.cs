using System.Text.Json;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Processes;

/// <summary>Several gateway processes that are one cluster of silos, as Maelstrom starts them.</summary>
public sealed class ClusterTests
{
    private static readonly string[] Nodes = ["n1", "n2", "n3"];
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    [Fact]
    public void Cluster_OneEndsInOrder_TheOthersServeWhatItServed()
    {
        using GatewayProcess first = Start("n1");
        using GatewayProcess second = Start("n2");
        Assert.Equal("write_ok", TypeOf(first.Ask("c", "n1", """{"type":"write","msg_id":1,"key":"k","value":1}""")));
        Assert.Equal(0, first.End());

        Assert.Equal(1, second.Read("n2", "k").GetProperty("value").GetInt32());
        Assert.Equal(0, second.End());
    }

    [Fact]
    public void Init_WithOtherNodes_IsRefusedWithWhatTheClusterIs()
    {
        using GatewayProcess first = Start("n1");
        using GatewayProcess other = new("--cluster", _name);
        AssertRefused(other, 22, "n1, n2", "x1", "x1", "x2");
    }

    [Fact]
    public void Init_DataThatIsSomethingElse_IsRefusedBothWays()
    {
        string directory = Directory.CreateTempSubdirectory("orleansshards-cluster-").FullName;
        string alone = Path.Combine(directory, "alone");
        string shared = Path.Combine(directory, "shared");
        try
        {
            Open(alone).Dispose();
            Open(shared, "--cluster", _name).Dispose();

            AssertRefused("which no cluster of this kind has put there", alone, "--cluster", _name);
            AssertRefused("holds a cluster of several processes", shared);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Cluster_HandOverThroughAnyProcess_IsSeenByAll()
    {
        using GatewayProcess first = Start("n1");
        using GatewayProcess second = Start("n2");
        Ask(second, "n1", "seed_shard_ok", """{"type":"seed_shard","msg_id":1,"shard":3,"data":{"x":1}}""");
        Ask(first, "n1", "prepare_migration_ok",
            """{"type":"prepare_migration","msg_id":2,"shard":3,"target_gid":"n2"}""");
        Ask(second, "n2", "receive_shard_ok",
            """{"type":"receive_shard","msg_id":3,"shard":3,"snapshot":{"data":{"x":1}},"source_gid":"n1"}""");
        Ask(first, "n1", "confirm_received_ok", """{"type":"confirm_received","msg_id":4,"shard":3}""");
        JsonElement read = second.Ask("c", "n3", """{"type":"read","msg_id":5,"key":"x","shard":3}""");
        Assert.Equal(1, read.GetProperty("value").GetInt32());
    }

    private static void Ask(GatewayProcess gateway, string node, string expected, string body)
    {
        JsonElement reply = gateway.Ask("c", node, body);
        Assert.True(expected == TypeOf(reply), $"expected {expected}, got {reply}");
    }

    private static bool IsRefused(JsonElement reply, int expected, string reason) =>
        reply.TryGetProperty("code", out JsonElement code)
        && code.GetInt32() == expected
        && reply.GetProperty("text").GetString()!.Contains(reason, StringComparison.Ordinal);

    private static string? TypeOf(JsonElement body) => body.GetProperty("type").GetString();

    private static GatewayProcess Open(string data, params string[] options)
    {
        GatewayProcess gateway = new(["--data", data, .. options]);
        gateway.Init("n1", "n1");
        return gateway;
    }

    private static void AssertRefused(string reason, string data, params string[] options)
    {
        using GatewayProcess gateway = new(["--data", data, .. options]);
        AssertRefused(gateway, 11, reason, "n1", "n1");
    }

    // On a busy machine init is answered before anybody knows; then what comes after it is refused.
    private static void AssertRefused(GatewayProcess gateway, int code, string reason, string node, params string[] nodes)
    {
        JsonElement reply = gateway.Introduce(node, nodes);
        Condition.Holds(
            () => IsRefused(reply, code, reason) || IsRefused(reply = gateway.AskForMap(node), 11, reason),
            () => $"a refusal with {code} that says {reason}; last: {reply}");
    }

    private GatewayProcess Start(string node)
    {
        GatewayProcess gateway = new("--cluster", _name, "--key-deadline-ms", "30000", "--deadline-ms", "30000");
        gateway.Init(node, Nodes);
        return gateway;
    }
}
