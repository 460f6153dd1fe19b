namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>Fields that are missing or wrong: error 12, or 1 for a name that does not exist.</summary>
public sealed class FieldTests
{
    [Theory]
    [InlineData("read", "", "read: the field \"key\" is missing; expected any JSON value")]
    [InlineData("write", "\"key\":1", "write: the field \"value\" is missing; expected any JSON value")]
    [InlineData("cas", "\"key\":1,\"to\":1", "cas: the field \"from\" is missing; expected any JSON value")]
    [InlineData("cas", "\"key\":1,\"from\":1", "cas: the field \"to\" is missing; expected any JSON value")]
    [InlineData(
        "cas", "\"key\":1,\"from\":1,\"to\":2,\"create_if_not_exists\":1",
        "cas: the field \"create_if_not_exists\" is 1; expected true or false")]
    [InlineData("read", "\"key\":1,\"shard\":16", "read: the field \"shard\" is 16; expected an integer from 0 to 15")]
    [InlineData(
        "read", "\"key\":1,\"shard\":\"3\"",
        "read: the field \"shard\" is \"3\"; expected an integer from 0 to 15")]
    [InlineData("read", "\"key\":1,\"shard\":-1", "read: the field \"shard\" is -1; expected an integer from 0 to 15")]
    [InlineData(
        "read", "\"key\":1,\"shard\":1.5",
        "read: the field \"shard\" is 1.5; expected an integer from 0 to 15")]
    [InlineData(
        "read", "\"key\":1,\"client_id\":\"c\"",
        "read: the field \"seq\" is missing; expected an integer, 0 or more, as client_id came")]
    [InlineData(
        "read", "\"key\":1,\"seq\":1",
        "read: the field \"client_id\" is missing; expected a string that is not empty, as seq came")]
    [InlineData(
        "read", "\"key\":1,\"seq\":1,\"client_id\":\"\"",
        "read: the field \"client_id\" is \"\"; expected a string that is not empty")]
    [InlineData(
        "read", "\"key\":1,\"seq\":-1,\"client_id\":\"c\"",
        "read: the field \"seq\" is -1; expected an integer, 0 or more")]
    [InlineData(
        "read", "\"key\":1,\"seq\":\"1\",\"client_id\":\"c\"",
        "read: the field \"seq\" is \"1\"; expected an integer, 0 or more")]
    [InlineData(
        "seed_shard", "\"data\":{}",
        "seed_shard: the field \"shard\" is missing; expected an integer from 0 to 15")]
    [InlineData("seed_shard", "\"shard\":1", "seed_shard: the field \"data\" is missing; expected an object")]
    [InlineData("seed_shard", "\"shard\":1,\"data\":[1]", "seed_shard: the field \"data\" is [1]; expected an object")]
    [InlineData(
        "seed_shard", "\"shard\":1,\"data\":{},\"sessions\":3",
        "seed_shard: the field \"sessions\" is 3; expected an object")]
    [InlineData(
        "prepare_migration", "\"shard\":1",
        "prepare_migration: the field \"target_gid\" is missing; expected a string that is not empty")]
    [InlineData(
        "prepare_migration", "\"shard\":1,\"target_gid\":2",
        "prepare_migration: the field \"target_gid\" is 2; expected a string that is not empty")]
    [InlineData("receive_shard", "\"shard\":1", "receive_shard: the field \"snapshot\" is missing; expected an object")]
    [InlineData(
        "receive_shard", "\"shard\":1,\"snapshot\":{},\"source_gid\":[]",
        "receive_shard: the field \"source_gid\" is []; expected a string that is not empty")]
    [InlineData(
        "trigger_failover", "",
        "trigger_failover: the field \"failed_master\" is missing; expected a string that is not empty")]
    [InlineData("switch_over", "\"to\":{}", "switch_over: the field \"to\" is {}; expected a string that is not empty")]
    [InlineData("heartbeat", "", "heartbeat: the field \"gid\" is missing; expected a string that is not empty")]
    [InlineData(
        "query_config", "\"epoch\":\"x\"",
        "query_config: the field \"epoch\" is \"x\"; expected an integer, 0 or more")]
    [InlineData(
        "join", "",
        "join: the field \"gids\" is missing; expected an array of at least one name, all different, none empty")]
    [InlineData(
        "leave", "\"gids\":[]",
        "leave: the field \"gids\" is []; expected an array of at least one name, all different, none empty")]
    [InlineData(
        "join", "\"gids\":\"n1\"",
        "join: the field \"gids\" is \"n1\"; expected an array of at least one name, all different, none empty")]
    [InlineData(
        "join", "\"gids\":[\"n1\",\"n1\"]",
        "join: the field \"gids\" is [\"n1\",\"n1\"]; "
        + "expected an array of at least one name, all different, none empty")]
    [InlineData(
        "leave", "\"gids\":[\"n1\"],\"plan\":1",
        "leave: the field \"plan\" is 1; expected true or false")]
    [InlineData("move", "\"gid\":\"n1\"", "move: the field \"shard\" is missing; expected an integer from 0 to 15")]
    [InlineData("move", "\"shard\":1", "move: the field \"gid\" is missing; expected a string that is not empty")]
    [InlineData(
        "move", "\"shard\":1,\"gid\":\"n1\",\"plan\":\"yes\"",
        "move: the field \"plan\" is \"yes\"; expected true or false")]
    [InlineData(
        "migrate_shard", "\"shard\":16,\"target_gid\":\"n1\"",
        "migrate_shard: the field \"shard\" is 16; expected an integer from 0 to 15")]
    [InlineData(
        "migrate_shard", "\"shard\":1",
        "migrate_shard: the field \"target_gid\" is missing; expected a string that is not empty")]
    [InlineData(
        "migration_status", "", "migration_status: the field \"shard\" is missing; expected an integer from 0 to 15")]
    [InlineData("undo_move", "", "undo_move: the field \"shard\" is missing; expected an integer from 0 to 15")]
    public void Read_AWrongField_IsNamedWithWhatCameAndWhatWasExpected(string type, string fields, string text)
    {
        string answer = GatewayHarness.Answer(Line(type, fields));

        Assert.Equal(12, Reply.CodeOf(answer));
        Assert.Equal(text, Reply.TextOf(answer));
    }

    [Theory]
    [InlineData("trigger_failover", "\"failed_master\":\"n3\"",
        "is n3, and there is no such master; expected one of n1, n2")]
    [InlineData("switch_over", "\"to\":\"n3\"", "is n3, and there is no such master; expected one of n1, n2")]
    public void Start_ANameThatDoesNotExist_IsError1(string type, string fields, string text)
    {
        string answer = GatewayHarness.Answer(Line(type, fields));

        Assert.Equal(1, Reply.CodeOf(answer));
        Assert.Contains(text, Reply.TextOf(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read", "\"key\":1", "n4")]
    [InlineData("heartbeat", "\"gid\":\"n1\"", "n3")]
    public void Start_ADestinationThatIsNotThere_IsError1(string type, string fields, string destination)
    {
        string answer = GatewayHarness.Answer(Line(type, fields, destination));

        Assert.Equal(1, Reply.CodeOf(answer));
        Assert.StartsWith($$"""{"src":"{{destination}}",""", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"key\":1,\"shard\":null,\"client_id\":null,\"seq\":null")]
    [InlineData("\"key\":null")]
    [InlineData("\"key\":1,\"shard\":1e1")]
    public void Read_NullForWhatMayBeLeftOut_IsAsIfLeftOut(string fields)
    {
        Assert.Equal(20, Reply.CodeOf(GatewayHarness.Answer(Line("read", fields))));
    }

    [Fact]
    public void Read_ALongValueThatIsWrong_IsCutInTheText()
    {
        string answer = GatewayHarness.Answer(Line("read", $"\"key\":1,\"shard\":\"{new string('é', 5000)}\""));

        Assert.Contains("ééé...; expected", Reply.TextOf(answer), StringComparison.Ordinal);
        Assert.True(answer.Length < 300, answer);
    }

    private static string Line(string type, string fields, string destination = "n1") =>
        GatewayHarness.Line("c1", type, 2, fields, destination);
}
