using System.Collections.Immutable;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.MaelstromGateway.Handlers;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>What each type asks of the cluster, and the reply that it makes of the answer.</summary>
public sealed class HandlerTests
{
    private const string Snapshot = """{"data":{"x":1.50,"é":[ ]},"sessions":{}}""";

    private static readonly ConfigReply Config = new(
        new Epoch(4),
        ImmutableSortedDictionary<int, GroupId>.Empty.Add(11, new("n1")).Add(3, new("n2")),
        [new("n1"), new("n2"), new("n3")]);

    public static TheoryData<string, string, string, string> Replies => new()
    {
        {
            "shadow_status", "", "OfPrimary QueryShadowStatus",
            ""","primary":"n1","shadow":"n2","wal_lag_entries":5,"wal_lag_ms":200"""
        },
        {
            "trigger_failover", "\"failed_master\":\"n1\"", "OfPrimary TriggerFailover",
            ""","new_primary":"n2","wal_entries_replayed":5,"failover_time_ms":450"""
        },
        {
            "trigger_failover", "\"failed_master\":\"n2\"", "OfPrimary TriggerFailover",
            ""","new_primary":"n2","wal_entries_replayed":5,"failover_time_ms":450"""
        },
        { "switch_over", "\"to\":\"n2\"", "OfPrimary Switchover", ""","primary":"n2","term":7,"pause_ms":3""" },
        { "heartbeat", "\"gid\":\"n3\"", "OfMaster n1 Heartbeat", ""","primary":"n1","term":7""" },
        {
            "query_config", "", "OfPrimary QueryConfig",
            ""","epoch":4,"shards":{"3":"n2","11":"n1"},"groups":["n1","n2","n3"]"""
        },
        {
            "query_config", "\"epoch\":4", "OfPrimary QueryConfig 4",
            ""","epoch":4,"shards":{"3":"n2","11":"n1"},"groups":["n1","n2","n3"]"""
        },
        { "seed_shard", "\"shard\":3,\"data\":{\"x\":1}", "OfShard n1/3 SeedShard", "" },
        {
            "prepare_migration", "\"shard\":3,\"target_gid\":\"n2\"", "OfShard n1/3 PrepareMigration",
            ""","shard":3,"target_gid":"n2","snapshot":""" + Snapshot
        },
        {
            "get_shard_snapshot", "\"shard\":0", "OfShard n1/0 GetShardSnapshot",
            ""","shard":0,"snapshot":""" + Snapshot
        },
        { "receive_shard", "\"shard\":15,\"snapshot\":{\"data\":{}}", "OfShard n1/15 ReceiveShard", ""","shard":15""" },
        { "confirm_received", "\"shard\":3", "OfShard n1/3 ConfirmReceived", ""","shard":3""" },
        { "abort_migration", "\"shard\":3.0", "OfShard n1/3 AbortMigration", ""","shard":3""" },
        { "is_shard_available", "\"shard\":3", "OfShard n1/3 QueryAvailability", ""","shard":3,"available":true""" },
        { "read", "\"key\":\"k\"", "OnKey Read", ""","value":{ "a" : 1e2 }""" },
        { "write", "\"key\":\"k\",\"value\":null", "OnKey Write", "" },
        { "cas", "\"key\":\"k\",\"from\":1,\"to\":2", "OnKey CompareAndSet", "" },
        { "delete", "\"key\":\"k\"", "OnKey Delete", "" },
    };

    [Theory]
    [MemberData(nameof(Replies))]
    public void Read_EveryType_AsksAndAnswersWithExactlyItsFields(string type, string fields, string asked,
        string reply)
    {
        using var harness = new GatewayHarness();
        string? seen = null;
        harness.Cluster.Answer = request =>
        {
            seen = Describe(request);
            return FakeCluster.Applied(Answer(request));
        };

        string[] lines = harness.Send(GatewayHarness.Init, Line(type, fields)).End();

        Assert.Equal(asked, seen);
        Assert.Equal(
            $$$"""{"src":"n1","dest":"c1","body":{"type":"{{{type}}}_ok","in_reply_to":2,"msg_id":1{{{reply}}}}}""",
            lines[1]);
    }

    [Fact]
    public void Read_ClusterStatus_ShowsAllThereIs()
    {
        using var harness = new GatewayHarness();
        harness.Cluster.Answer = static _ => FakeCluster.Applied(new ClusterStatusReply(
            [
                new MasterStatus(new("n2"), true, new Term(7), new LogIndex(90), 12),
                new MasterStatus(new("n1"), false, new Term(6), new LogIndex(88), null),
            ],
            Config,
            [5, null, 7],
            [new TakeoverRecord(TakeoverReason.Requested, new("n1"), new("n2"), new Term(7), 2,
                new TakeoverPhases(0, 10, 20, 30, 40)) { At = DateTimeOffset.FromUnixTimeMilliseconds(1_795_900_000_007) }])
        {
            Members = [new("n1"), new("n2")],
            Moves =
            [
                new MoveStatus(
                    new(3), MovePhase.Copying, false, new GroupId("n2"), new GroupId("n1"), new(4), 0, 0, 5, 9, null, "waits"),
            ],
        });

        Assert.Equal(
            """
            {"src":"n1","dest":"c1","body":{"type":"cluster_status_ok","in_reply_to":2,"msg_id":1,"epoch":4,
            "masters":[{"name":"n2","role":"primary","term":7,"log_index":90,"last_heartbeat_ms":12},
            {"name":"n1","role":"shadow","term":6,"log_index":88,"last_heartbeat_ms":null}],
            "groups":[{"name":"n1","shards":1,"last_heartbeat_ms":5},{"name":"n2","shards":1,"last_heartbeat_ms":null},
            {"name":"n3","shards":0,"last_heartbeat_ms":7}],"members":["n1","n2"],"announced":[],
            "shards":{"held":2,"unheld":14,"owners":{"3":"n2","11":"n1"}},
            "takeovers":[{"reason":"requested","from":"n1","to":"n2","term":7,"at":"2026-11-28T21:06:40.007Z","wal_entries_replayed":2,
            "detect_us":0,"catch_up_us":10,"fence_us":20,"promote_us":30,"redirect_us":40}],
            "migrations":[{"shard":3,"phase":"copying","source_gid":"n2","target_gid":"n1","bytes_done":5,"bytes_total":9,
            "text":"waits"}]}}
            """.ReplaceLineEndings(""),
            harness.Send(GatewayHarness.Init, Line("cluster_status", "")).End()[1]);
    }

    [Fact]
    public void Read_ShadowStatusWithoutShadow_SaysNull()
    {
        using var harness = new GatewayHarness();
        harness.Cluster.Answer = static _ =>
            FakeCluster.Applied(new ShadowStatusReply(new("n1"), null, 0, 0, 0, new Term(1)));

        Assert.Contains("\"shadow\":null,", harness.Send(GatewayHarness.Init, Line("shadow_status", "")).End()[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_KeyFields_ReachTheClusterAsTheyCame()
    {
        using var harness = new GatewayHarness();
        const string Fields =
            """ "key":[1, 2],"from":1.50,"to":"\u00e9","create_if_not_exists":true,"shard":3,"client_id":"m","seq":9""";

        harness.Send(GatewayHarness.Init, Line("cas", Fields)).End();

        var asked = Assert.IsType<ClientRequest.OnKey>(Assert.Single(harness.Cluster.Asked).Request);
        Assert.Equal(
            new KeyCommand(
                KeyVerb.CompareAndSet, JsonText.Parse("[1, 2]"), JsonText.Parse(@"""\u00e9"""),
                    JsonText.Parse("1.50"), true),
            asked.Command);
        Assert.Equal(new ShardId(3), asked.Shard);
        Assert.Equal(new SessionTag(SessionKind.Client, "m", 9), asked.Session);
    }

    [Fact]
    public void Read_Deadlines_AreShorterForKeys_AndLongerForMoves()
    {
        using var harness = new GatewayHarness();

        harness.Send(
            GatewayHarness.Init,
            Line("read", "\"key\":1"),
            Line("query_config", ""),
            Line("migration_status", "\"shard\":1"),
            Line("migrate_shard", "\"shard\":1,\"target_gid\":\"n2\""),
            Line("undo_move", "\"shard\":1")).End();

        Assert.Equal([900, 4500, 4500, 60_000, 60_000], harness.Cluster.Asked.Select(static asked => asked.Deadline.TotalMilliseconds));
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("init_ok")]
    [InlineData("")]
    public void Read_ATypeThatIsNotThere_IsError10(string type)
    {
        Assert.Equal(10, Reply.CodeOf(GatewayHarness.Answer(Line(type, ""))));
    }

    [Fact]
    public void Table_TwoHandlersOfOneType_IsRefused()
    {
        Assert.Throws<ArgumentException>(static () => new HandlerTable([.. KeyHandlers.All, .. KeyHandlers.All]));
    }

    private static string Line(string type, string fields) =>
        GatewayHarness.Line("c1", type, 2, fields);

    private static string Describe(ClientRequest request) => request switch
    {
        ClientRequest.OnKey on => $"OnKey {on.Command.Verb}",
        ClientRequest.OfShard of => $"OfShard {of.Group}/{of.Shard} {of.Request.GetType().Name}",
        ClientRequest.OfMaster of => $"OfMaster {of.Master} {of.Request.GetType().Name}",
        ClientRequest.OfPrimary { Request: QueryConfig { Epoch: { } epoch } } => $"OfPrimary QueryConfig {epoch}",
        ClientRequest.OfPrimary of => $"OfPrimary {of.Request.GetType().Name}",
        _ => request.ToString(),
    };

    private static Message Answer(ClientRequest request) => request switch
    {
        ClientRequest.OnKey { Command.Verb: KeyVerb.Read } =>
            new KeyReply(KeyVerdict.Done, JsonText.Parse("""{ "a" : 1e2 }""")),
        ClientRequest.OnKey => new KeyReply(KeyVerdict.Done, default),
        ClientRequest.OfShard { Request: PrepareMigration or GetShardSnapshot } =>
            new ShardSnapshotReply(JsonText.Parse(Snapshot)),
        ClientRequest.OfShard { Request: QueryAvailability } => new ShardAvailability(true),
        ClientRequest.OfShard => ShardDone.Instance,
        ClientRequest.OfMaster => new HeartbeatReply(new("n1"), new Term(7)),
        ClientRequest.OfPrimary { Request: TriggerFailover } => new FailoverReply(new("n2"), 5, 450),
        ClientRequest.OfPrimary { Request: QueryShadowStatus } =>
            new ShadowStatusReply(new("n1"), new MasterName("n2"), 5, 200, 999, new Term(1)),
        ClientRequest.OfPrimary { Request: Switchover } => new SwitchoverReply(new("n2"), new Term(7), 3),
        _ => Config,
    };
}
