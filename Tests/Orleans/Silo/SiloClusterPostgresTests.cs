using System.Text.Json;
using Npgsql;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Clustering;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo;

public sealed class SiloClusterPostgresTests
{
    // What the membership provider asks for when it opens; without one of them no silo starts.
    private static readonly string[] Queries =
    [
        "CleanupDefunctSiloEntriesKey", "DeleteMembershipTableEntriesKey", "GatewaysQueryKey", "InsertMembershipKey",
        "InsertMembershipVersionKey", "MembershipReadAllKey", "MembershipReadRowKey", "UpdateIAmAlivetimeKey",
        "UpdateMembershipKey",
    ];

    [Fact]
    public async Task Ensure_ManyAtOnce_OneCreatesAndAllFindIt()
    {
        await using TestSchema schema = new();
        DatabaseSettings database = new(schema.Options.ConnectionString, schema.Name);
        await using MembershipSchemaRemover remover = new(schema, database);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            Task.Run(() => MembershipSchema.EnsureAsync(database, TestContext.Current.CancellationToken))));
        await MembershipSchema.EnsureAsync(database, TestContext.Current.CancellationToken);

        object? keys = await schema.AskAsync(
            $"select string_agg(querykey, ',' order by querykey collate \"C\") from {database.MembershipSchema}.orleansquery");
        Assert.Equal(string.Join(',', Queries), keys);
        Assert.Equal(false, await schema.AskAsync(
            "select exists (select from pg_tables where schemaname = 'public' and tablename like 'orleans%')"));
    }

    [Fact]
    public async Task Silos_StartedAtOnce_FormACluster_AndOneThatIsKilledIsDeclaredDead()
    {
        await using TestSchema schema = new();
        DatabaseSettings database = new(schema.Options.ConnectionString, schema.Name);
        await using MembershipSchemaRemover remover = new(schema, database);
        string[] options =
        [
            "--cluster", "postgres", "--connection", database.Connection, "--schema", schema.Name, "--cluster-id", schema.Name,
            "--failover-after-ms", "2000",
        ];
        using SiloRun first = new(options);
        using SiloRun second = new(options);
        await first.UntilReadyIsAsync(true);
        await second.UntilReadyIsAsync(true);
        await schema.UntilAsync($"(select count(*) = 2 from {database.MembershipSchema}.orleansmembershiptable where status = 3)");

        first.Kill();
        await schema.UntilAsync($"(select count(*) = 1 from {database.MembershipSchema}.orleansmembershiptable where status = 6)");
        await second.UntilReadyIsAsync(true);
        second.Terminate();
        Assert.Equal(0, await second.EndedAsync());
    }

    [Fact]
    public async Task Silo_OfAnotherClusterInTheSameSchema_IsRefusedAndTakesNothing()
    {
        await using TestSchema schema = new();
        DatabaseSettings database = new(schema.Options.ConnectionString, schema.Name);
        await using MembershipSchemaRemover remover = new(schema, database);
        string[] options = ["--cluster", "postgres", "--connection", database.Connection, "--schema", schema.Name, "--cluster-id"];
        using SiloRun first = new([.. options, "first"]);
        JsonElement before = await first.UntilReadyIsAsync(true);

        using SiloRun second = new([.. options, "second"]);
        Assert.Equal(1, await second.EndedAsync());
        string error = Assert.Single((await second.Errors).Trim().Split('\n'));
        Assert.Contains(
            $"The PostgreSQL log store in schema '{schema.Name}' belongs to the cluster 'first'; this is the cluster 'second'", error,
            StringComparison.Ordinal);
        JsonElement after = await first.UntilReadyIsAsync(true);
        Assert.Equal(before.GetProperty("term").GetInt64(), after.GetProperty("term").GetInt64());
        Assert.Equal(0L, await schema.AskAsync(
            $"select count(*) from {database.MembershipSchema}.orleansmembershipversiontable where deploymentid = 'second'"));
    }

    [Fact]
    public async Task Silos_UserMayCreateNoSchemaAndOwnsBoth_Start()
    {
        await using TestSchema schema = new();
        DatabaseSettings database = new(schema.Options.ConnectionString, schema.Name);
        await using MembershipSchemaRemover remover = new(schema, database);
        await using RestrictedUser user = await RestrictedUser.MakeAsync(schema, [schema.Name, database.MembershipSchema]);
        using SiloRun silo = new("--cluster", "postgres", "--connection", user.Connection, "--schema", schema.Name);
        await silo.UntilReadyIsAsync(true);
        silo.Terminate();
        Assert.Equal(0, await silo.EndedAsync());
    }

    [Fact]
    public async Task Silo_UserMayCreateNoSchemaAndOwnsOne_SaysWhichIsMissingAndWhatToDo()
    {
        await using TestSchema schema = new();
        DatabaseSettings database = new(schema.Options.ConnectionString, schema.Name);
        await using MembershipSchemaRemover remover = new(schema, database);
        await using RestrictedUser user = await RestrictedUser.MakeAsync(schema, [schema.Name]);
        using SiloRun silo = new("--cluster", "postgres", "--connection", user.Connection, "--schema", schema.Name);
        Assert.Equal(1, await silo.EndedAsync());
        string error = Assert.Single((await silo.Errors).Trim().Split('\n'));
        Assert.Contains($"schema '{database.MembershipSchema}': this user lacks a right", error, StringComparison.Ordinal);
    }

    // Without the setting PgBouncer ends a connection that names the parameter; with it, it drops the parameter silently.
    [Theory]
    [InlineData("ignore_startup_parameters =")]
    [InlineData("ignore_startup_parameters = search_path")]
    public async Task Silos_BehindASessionPooler_FormAClusterAndStartAgain(string setting)
    {
        await using TestServer server = new();
        await server.StartAsync("-c", "fsync=on");
        await using TestSchema schema = new(server.Address);
        DatabaseSettings database = new(await server.StartPoolerAsync(setting), schema.Name);
        string[] options = ["--cluster", "postgres", "--connection", database.Connection, "--schema", schema.Name];
        using (SiloRun first = new(options))
        {
            using SiloRun second = new(options);
            await first.UntilReadyIsAsync(true);
            await second.UntilReadyIsAsync(true);
            await schema.UntilAsync($"(select count(*) = 2 from {database.MembershipSchema}.orleansmembershiptable where status = 3)");
            second.Terminate();
            Assert.Equal(0, await second.EndedAsync());
        }

        using SiloRun third = new(options);
        await third.UntilReadyIsAsync(true);
        Assert.Equal(0L, await schema.AskAsync("select count(*) from pg_tables where schemaname = 'public'"));
    }

    /// <summary>The schema that silos find each other in goes with the test, too.</summary>
    private sealed class MembershipSchemaRemover(TestSchema schema, DatabaseSettings database) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await schema.AskAsync($"drop schema if exists {database.MembershipSchema} cascade");
        }
    }

    /// <summary>A user that may connect and no more, to whom an operator has given schemas.</summary>
    private sealed class RestrictedUser(TestSchema schema, string name, string connection) : IAsyncDisposable
    {
        internal string Connection { get; } = connection;

        internal static async Task<RestrictedUser> MakeAsync(TestSchema schema, string[] schemas)
        {
            string name = $"{schema.Name}_user";
            await schema.AskAsync($"create role {name} login password 'restricted'");
            foreach (string owned in schemas)
                await schema.AskAsync($"create schema {owned} authorization {name}");

            NpgsqlConnectionStringBuilder connection = new(schema.Options.ConnectionString) { Username = name, Password = "restricted" };
            return new RestrictedUser(schema, name, connection.ConnectionString);
        }

        public async ValueTask DisposeAsync() => await schema.AskAsync($"drop owned by {name} cascade; drop role {name}");
    }
}
