using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>What requests about groups and moves ask of the cluster, and the replies that are made of the answers.</summary>
public sealed class MoveHandlerTests
{
    private static readonly MoveStatus Moved = new(
        new(3), MovePhase.Committed, true, new GroupId("n1"), new GroupId("n2"), new(9), 2, 30, 40, 50, 3_001, null);

    private static readonly MovePlan Plan = new(
    [
        new PlannedMove(new(3), new("n1"), new("n2"), 30, 12_000),
        new PlannedMove(new(11), new("n3"), new("n2"), null, null),
    ]);

    [Theory]
    [InlineData("join", "\"gids\":[\"n2\",\"n3\"]", "JoinGroups n2 n3")]
    [InlineData("join", "\"gids\":[\"n2\"],\"plan\":false", "JoinGroups n2")]
    [InlineData("leave", "\"gids\":[\"n3\"],\"plan\":null", "LeaveGroups n3")]
    [InlineData("move", "\"shard\":3,\"gid\":\"n2\"", "PinShard 3 n2")]
    public void Read_AChange_AsksThePrimary_AndAnswersTheEpoch(string type, string fields, string asked)
    {
        (ClientRequest seen, string reply) = Ask(type, fields, new Rebalanced(new(8)));

        Assert.Equal(asked, Describe(seen));
        Assert.Equal(Ok(type, ""","epoch":8"""), reply);
    }

    [Fact]
    public void Read_Forget_AsksThePrimary_AndAnswersNothingMore()
    {
        (ClientRequest seen, string reply) = Ask("forget", "\"gids\":[\"n2\",\"g9\"]", new GroupsForgotten());

        Assert.Equal("ForgetGroups n2 g9", Describe(seen));
        Assert.Equal(Ok("forget", ""), reply);
    }

    [Theory]
    [InlineData("join", "\"gids\":[\"n2\"],\"plan\":true", "JoinGroups n2 plan")]
    [InlineData("leave", "\"gids\":[\"n3\"],\"plan\":true", "LeaveGroups n3 plan")]
    [InlineData("move", "\"shard\":3,\"gid\":\"n2\",\"plan\":true", "PinShard 3 n2 plan")]
    public void Read_APlan_AnswersTheMoves_AndNullForWhatIsNotKnown(string type, string fields, string asked)
    {
        (ClientRequest seen, string reply) = Ask(type, fields, Plan);

        Assert.Equal(asked, Describe(seen));
        Assert.Equal(
            Ok(
                type,
                ""","moves":[{"shard":3,"source_gid":"n1","target_gid":"n2","bytes":30,"pause_ms":12},"""
                + """{"shard":11,"source_gid":"n3","target_gid":"n2","bytes":null,"pause_ms":null}]"""),
            reply);
    }

    [Fact]
    public void Read_MigrateShard_AnswersTheMove_WithThePauseRoundedUp()
    {
        (ClientRequest seen, string reply) = Ask("migrate_shard", "\"shard\":3,\"target_gid\":\"n2\"", Moved);

        Assert.Equal(new ClientRequest.Move(new(3), new GroupId("n2")), seen);
        Assert.Equal(
            Ok(
                "migrate_shard",
                ""","shard":3,"source_gid":"n1","target_gid":"n2","keys":2,"bytes":30,"pause_ms":4"""),
            reply);
    }

    public static TheoryData<MoveStatus> OthersThanAsked => new()
    {
        Moved with { Phase = MovePhase.None, Source = new("n3"), Target = null, PauseUs = null },
        Moved,
        Moved with { Phase = MovePhase.Aborted, Source = new("n3") },
    };

    [Theory]
    [MemberData(nameof(OthersThanAsked))]
    public void Read_MigrateShard_ToWhereItIsByOtherMeans_SaysThatNothingWasMoved(MoveStatus newest)
    {
        (_, string reply) = Ask("migrate_shard", "\"shard\":3,\"target_gid\":\"n3\"", newest);

        Assert.Equal(
            Ok("migrate_shard", ""","shard":3,"source_gid":"n3","target_gid":"n3","keys":0,"bytes":0,"pause_ms":0"""),
            reply);
    }

    [Fact]
    public void Read_UndoMove_AnswersAsMigrateShardDoes()
    {
        (ClientRequest seen, string reply) = Ask("undo_move", "\"shard\":3", Moved with { PauseUs = null });

        Assert.Equal(new ClientRequest.Move(new(3), null), seen);
        Assert.Equal(
            Ok("undo_move", ""","shard":3,"source_gid":"n1","target_gid":"n2","keys":2,"bytes":30,"pause_ms":null"""),
            reply);
    }

    [Theory]
    [InlineData(MovePhase.None, "none")]
    [InlineData(MovePhase.Copying, "copying")]
    [InlineData(MovePhase.Frozen, "frozen")]
    [InlineData(MovePhase.Committed, "committed")]
    [InlineData(MovePhase.Aborted, "aborted")]
    public void Read_MigrationStatus_AnswersThePhase(MovePhase phase, string name)
    {
        (ClientRequest seen, string reply) = Ask("migration_status", "\"shard\":3", Moved with { Phase = phase });

        Assert.Equal(new ClientRequest.OfPrimary(new QueryMove(new(3))), seen);
        Assert.Equal(
            Ok(
                "migration_status",
                $$""","shard":3,"phase":"{{name}}","source_gid":"n1","target_gid":"n2","bytes_done":40,"bytes_total":50"""),
            reply);
    }

    [Fact]
    public void Read_MigrationStatusOfAShardThatNobodyHas_AnswersNull()
    {
        MoveStatus never = new(new(3), MovePhase.None, true, null, null, default, 0, 0, 0, 0, null, null);
        (_, string reply) = Ask("migration_status", "\"shard\":3", never);

        Assert.Equal(
            Ok(
                "migration_status",
                ""","shard":3,"phase":"none","source_gid":null,"target_gid":null,"bytes_done":0,"bytes_total":0"""),
            reply);
    }

    [Theory]
    [InlineData(MasterRefusalKind.UnknownName, 1)]
    [InlineData(MasterRefusalKind.WrongState, 22)]
    [InlineData(MasterRefusalKind.Unavailable, 11)]
    public void Read_ARefusalOfThePrimary_IsTheErrorThatTheTableSays(MasterRefusalKind kind, int code)
    {
        using var harness = new GatewayHarness();
        harness.Cluster.Answer = _ => new ClientOutcome.Rejected(new MasterRefusal(kind, "said the fake", null));

        string reply = harness.Send(GatewayHarness.Init, Line("undo_move", "\"shard\":3")).End()[1];

        Assert.Equal((code, "said the fake"), (Reply.CodeOf(reply), Reply.TextOf(reply)));
    }

    private static (ClientRequest Asked, string Reply) Ask(string type, string fields, Message answer)
    {
        using var harness = new GatewayHarness();
        harness.Cluster.Answer = _ => FakeCluster.Applied(answer);
        string[] lines = harness.Send(GatewayHarness.Init, Line(type, fields)).End();
        return (Assert.Single(harness.Cluster.Asked).Request, lines[1]);
    }

    // Any node takes these; n3 is no master.
    private static string Line(string type, string fields) => GatewayHarness.Line("c1", type, 2, fields, "n3");

    private static string Ok(string type, string fields) =>
        $$$"""{"src":"n3","dest":"c1","body":{"type":"{{{type}}}_ok","in_reply_to":2,"msg_id":0{{{fields}}}}}""";

    private static string Describe(ClientRequest request) => ((ClientRequest.OfPrimary)request).Request switch
    {
        JoinGroups join => $"JoinGroups {string.Join(' ', join.Groups)}{(join.PlanOnly ? " plan" : "")}",
        LeaveGroups leave => $"LeaveGroups {string.Join(' ', leave.Groups)}{(leave.PlanOnly ? " plan" : "")}",
        ForgetGroups forget => $"ForgetGroups {string.Join(' ', forget.Groups)}",
        PinShard pin => $"PinShard {pin.Shard} {pin.Group}{(pin.PlanOnly ? " plan" : "")}",
        var other => other.ToString(),
    };
}
