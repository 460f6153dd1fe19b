using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Npgsql;
using OrleansShards.Silo.Clustering;
using OrleansShards.Storage;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>A silo whose database is not there when it starts.</summary>
public sealed class SiloDatabaseWaitTests
{
    private const string Waiting = "the database cannot be reached; the silo waits for it for 60 s: ";

    public static TheoryData<Exception, bool> Failures() => new()
    {
        { new NpgsqlException("Failed to connect", new SocketException((int)SocketError.ConnectionRefused)), true },
        { new NpgsqlException("no such name", new SocketException((int)SocketError.HostNotFound)), true },
        { new NpgsqlException("The operation has timed out", new TimeoutException()), true },
        { new SocketException((int)SocketError.TryAgain), true },
        { Server(PostgresErrorCodes.CannotConnectNow), true },
        { Server(PostgresErrorCodes.AdminShutdown), true },
        { Server(PostgresErrorCodes.CrashShutdown), true },
        { Server(PostgresErrorCodes.TooManyConnections), true },
        { new LogStoreException("the text for people", Server(PostgresErrorCodes.CannotConnectNow)), true },
        { Server(PostgresErrorCodes.InvalidPassword), false },
        { Server(PostgresErrorCodes.InvalidAuthorizationSpecification), false },
        { Server(PostgresErrorCodes.InvalidCatalogName), false },
        { Server(PostgresErrorCodes.InsufficientPrivilege), false },
        { new NpgsqlException("TLS", new AuthenticationException("not trusted")), false },
        { new LogStoreException("the text for people", Server(PostgresErrorCodes.InvalidPassword)), false },
        { new LogStoreException("the server is a standby"), false },
        { new InvalidOperationException("a defect"), false },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void MayPass_EveryFailure_IsWaitedForOrNot(Exception failure, bool expected) =>
        Assert.Equal(expected, DatabaseWait.MayPass(failure));

    [Fact]
    public async Task Start_TheDatabaseComesLater_IsAliveAndNotReadyUntilThen()
    {
        await using TestSchema schema = new();
        NpgsqlConnectionStringBuilder address = new(schema.Options.ConnectionString);
        (string host, int port) = (address.Host!, address.Port);
        (address.Host, address.Port) = ("127.0.0.1", FreePorts.Take(1)[0]);
        using SiloRun silo = new(Options(address, schema.Name));
        JsonElement body = await silo.UntilAsync("/health/ready", "the reason", static (_, body) => body.GetProperty("reason").GetString()!
            .StartsWith("the silo is starting, and waits for its database: ", StringComparison.Ordinal));
        Assert.Contains("refused", body.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await silo.GetAsync("/health/ready")).Status);
        Assert.Equal((HttpStatusCode.OK, """{"ok":true}"""), await silo.GetAsync("/health/live"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await silo.GetAsync("/dashboard/DashboardCounters")).Status);
        // PageTests shows that the page says why.
        Assert.Equal(HttpStatusCode.OK, (await silo.GetAsync("/")).Status);

        using TestProxy proxy = new(host, port, address.Port);

        await silo.UntilReadyIsAsync(true);
        silo.Terminate();
        Assert.Equal((0, ""), (await silo.EndedAsync(), await silo.Errors));
        Assert.DoesNotContain(silo.Lines, static line => line.Contains("Health check", StringComparison.Ordinal));
        Assert.Single(silo.Lines, static line => line.Contains(Waiting, StringComparison.Ordinal));
        Assert.Single(silo.Lines, static line => line.Contains("the database is there after ", StringComparison.Ordinal));
        await schema.AskAsync($"drop schema if exists {schema.Name}_membership cascade");
    }

    [Fact]
    public async Task Start_TheDatabaseNeverComes_SaysWhatWasTriedInOneLine()
    {
        using SiloRun silo = new([.. Options(Nowhere(), "x"), "--database-wait-ms", "2000"]);

        Assert.Equal(1, await silo.EndedAsync());
        string error = Assert.Single((await silo.Errors).Trim().Split('\n'));
        Assert.StartsWith(
            "orleansshards-silo: the silo has not started in time: the database could not be reached within 2 s (--database-wait-ms), ",
            error,
            StringComparison.Ordinal);
        Assert.Contains("refused", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ToldToStopWhileItWaits_EndsWithZero()
    {
        using SiloRun silo = new(Options(Nowhere(), "x"));
        await silo.UntilAsync("/health/ready", "the reason", static (_, body) =>
            body.GetProperty("reason").GetString()!.Contains("waits for its database", StringComparison.Ordinal));

        silo.Terminate();

        Assert.Equal((0, ""), (await silo.EndedAsync(), await silo.Errors));
    }

    [Theory]
    [InlineData("Database=nobody_has_created_it", "3D000")]
    [InlineData("Password=nobody_has_this_password", "28P01")]
    public async Task Start_WaitingIsOfNoUse_EndsAtOnceAndSaysWhy(string wrong, string state)
    {
        await using TestSchema schema = new();
        using SiloRun silo = new(Options(new NpgsqlConnectionStringBuilder($"{schema.Options.ConnectionString};{wrong}"), schema.Name));

        Assert.Equal(1, await silo.EndedAsync());
        string error = Assert.Single((await silo.Errors).Trim().Split('\n'));
        Assert.Contains(state, error, StringComparison.Ordinal);
        Assert.DoesNotContain(silo.Lines, static line => line.Contains(Waiting, StringComparison.Ordinal));
    }

    private static PostgresException Server(string state) => new("the server says so", "FATAL", "FATAL", state);

    private static NpgsqlConnectionStringBuilder Nowhere() =>
        new($"Host=127.0.0.1;Port={FreePorts.Take(1)[0]};Database=x;Username=x;Password=hidden");

    private static string[] Options(NpgsqlConnectionStringBuilder address, string schema) =>
        ["--cluster", "postgres", "--connection", address.ConnectionString, "--schema", schema, "--cluster-id", schema];
}
