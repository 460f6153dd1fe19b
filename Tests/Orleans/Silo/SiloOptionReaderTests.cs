using System.Net;
using Microsoft.Extensions.Logging;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Hosting;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Tests.Orleans.Silo;

public sealed class SiloOptionReaderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orleansshards-settings-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Read_Nothing_IsAClusterOnThisMachine()
    {
        SiloSettings settings = Good();
        Assert.Equal(["n1", "n2", "n3"], settings.Nodes);
        Assert.Equal((16, 0, null), (settings.Shards, settings.Groups.Count, settings.Database));
        Assert.EndsWith(Path.Combine("orleansshards", "orleans-shards"), settings.DataDirectory, StringComparison.Ordinal);
        Assert.True(Path.IsPathFullyQualified(settings.DataDirectory!), settings.DataDirectory);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:11111"), settings.SiloEndpoint);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:30000"), settings.GatewayEndpoint);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:8080"), settings.HttpEndpoint);
        Assert.Equal(IPAddress.Loopback, settings.Advertised);
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.Zero), (settings.FailoverAfter, settings.Drain));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)), (settings.DeathAfter, settings.DatabaseWait));
        Assert.Equal((null, null, false, LogLevel.Information), (settings.Tls, settings.Otlp, settings.LogsJson, settings.LogLevel));
    }

    [Fact]
    public void Read_AllThreePlaces_TheNearestWins()
    {
        string file = Path.Combine(_directory, "silo.json");
        File.WriteAllText(file, """{ "HttpPort": 81, "silo-port": 82, "gateway_port": 83 }""");
        (SiloSettings settings, IReadOnlyList<string> errors) = Read(
            new()
            {
                ["ORLEANSSHARDS_SILO_SILO_PORT"] = "92",
                ["orleansshards_silo_gateway_port"] = "93",
                ["ORLEANSSHARDS_SILO_CONFIG"] = file,
            },
            "--gateway-port",
            "103");

        Assert.Empty(errors);
        Assert.Equal((81, 92, 103), (settings.HttpEndpoint.Port, settings.SiloEndpoint.Port, settings.GatewayEndpoint.Port));
    }

    [Fact]
    public void Read_Limits_AreTakenByTheSilo()
    {
        SiloSettings settings = Good(
            "--key-bytes-max", "8", "--value-bytes-max", "9", "--session-name-bytes-max", "10", "--session-bytes-max", "2000000",
            "--shard-bytes-max", "3000000", "--silo-bytes-max", "5000000000");
        OrleansShardsOptions options = new();
        settings.ApplyTo(options);

        DataLimits expected = new()
        {
            KeyBytesMax = 8,
            ValueBytesMax = 9,
            SessionNameBytesMax = 10,
            SessionBytesMax = 2_000_000,
            ShardBytesMax = 3_000_000,
            SiloBytesMax = 5_000_000_000,
        };
        Assert.Equal(expected, options.Limits);
    }

    [Fact]
    public void Read_MuchThatIsWrong_SaysAllOfItAtOnce()
    {
        string file = Path.Combine(_directory, "silo.json");
        File.WriteAllText(file, """{ "Ports": 81, "Shards": "x" }""");
        (_, IReadOnlyList<string> errors) = Read(
            new() { ["ORLEANSSHARDS_SILO_HTPP_PORT"] = "1", ["ORLEANSSHARDS_SILO_DRAIN_MS"] = "-1" },
            "--config", file, "--silo-port", "70000", "--bind", "here", "--nodes", "a,b,a", "--groups", "c", "--log-level", "loud",
            "--otlp", "collector", "--failover-after-ms", "999", "--death-after-ms", "499", "--hang-after-ms", "2999",
            "--database-wait-ms", "999");

        string all = string.Join('\n', errors);
        string[] expected =
        [
            $"\"Ports\" in {file} is no option",
            "ORLEANSSHARDS_SILO_HTPP_PORT is no option; did you mean http-port?",
            $"\"Shards\" in {file} is \"x\"; expected an integer from 1 to 65536",
            "ORLEANSSHARDS_SILO_DRAIN_MS is \"-1\"; expected an integer from 0 to 60000",
            "--silo-port is \"70000\"; expected an integer from 1 to 65535",
            "--bind is \"here\"; expected an IP address",
            "--nodes is \"a,b,a\"; expected names",
            "--log-level is \"loud\"; expected none, error, warning, information or debug",
            "--otlp is \"collector\"; expected http://",
            "--failover-after-ms is \"999\"; expected an integer from 1000",
            "--death-after-ms is \"499\"; expected an integer from 500",
            "--database-wait-ms is \"999\"; expected an integer from 1000 to 3600000",
            "--hang-after-ms is \"2999\"; expected an integer from 3000",
        ];
        Assert.All(expected, text => Assert.Contains(text, all, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--cluster postgres", "--cluster postgres needs --connection")]
    [InlineData("--cluster postgres --connection Host=db --data x", "--data is given, but with --cluster postgres")]
    [InlineData("--cluster postgres --connection Host=db --schema A", "SchemaName is 'A'")]
    [InlineData("--cluster postgres --connection Port=1", "ConnectionString names no Host")]
    [InlineData("--cluster directory", "--cluster directory needs --data: expected the directory that all its silos share")]
    [InlineData("--cluster directory --data x --connection Host=db", "--connection is given, but means nothing without")]
    [InlineData("--cluster disk", "--cluster is \"disk\"; expected local, directory or postgres")]
    [InlineData("--connection Host=db", "--connection is given, but means nothing without --cluster postgres")]
    [InlineData("--database-wait-ms 1000", "--database-wait-ms is given, but means nothing without --cluster postgres")]
    [InlineData("--bind 0.0.0.0", "expected --advertise with this machine's address")]
    [InlineData("--silo-port 30000", "port 30000 is wanted 2 times")]
    [InlineData("--groups n/9", "--groups is \"n/9\"; expected names of letters, digits")]
    [InlineData("--tls-key k.pem", "--tls-key is given, but means nothing without --tls-certificate")]
    [InlineData("--otlp-protocol http", "--otlp-protocol is given, but means nothing without --otlp")]
    [InlineData("--tls-certificate none.pem", "--tls-certificate is \"none.pem\"; expected a file that is there")]
    [InlineData("--shard 3", "Unrecognized command or argument '--shard'; did you mean --shards?")]
    [InlineData("--shards 3 --shards 4", "'--shards' expects a single argument but 2 were provided")]
    public void Read_WhatDoesNotGoTogether_IsRefused(string line, string expected)
    {
        (_, IReadOnlyList<string> errors) = Read([], line.Split(' '));
        Assert.Contains(errors, error => error.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_Database_HasItsOwnSchemaForSilos_AndShowsNoPassword()
    {
        SiloSettings settings = Good(
            "--cluster", "postgres", "--connection", "Host=db;Database=kv;Username=u;Password=secret", "--schema", "shop",
            "--bind", "0.0.0.0", "--advertise", "10.0.0.7");
        Assert.Equal("shop_membership", settings.Database!.MembershipSchema);
        Assert.Equal("PostgreSQL, db:5432/kv, schema shop", settings.LogsPlace);
        Assert.Equal((IPAddress.Parse("10.0.0.7"), IPAddress.Any), (settings.Advertised, settings.SiloEndpoint.Address));
        Assert.Null(settings.DataDirectory);
    }

    [Fact]
    public void Read_ConfigIsEmpty_IsRefused()
    {
        (_, IReadOnlyList<string> errors) = Read([], "--config", "");
        Assert.StartsWith("the file  cannot be read: ", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("--shards")]
    [InlineData("@file")]
    [InlineData("a=b:c")]
    [InlineData("")]
    public void Read_AVariable_IsTakenAsItIs(string value)
    {
        (_, IReadOnlyList<string> errors) = Read(new() { ["ORLEANSSHARDS_SILO_OTLP"] = value });
        Assert.Equal($"ORLEANSSHARDS_SILO_OTLP is \"{value}\"; expected http://HOST:PORT or https://HOST:PORT", Assert.Single(errors));
    }

    [Fact]
    public void Help_HasEveryOptionWithItsDefault()
    {
        StringWriter output = new();
        Assert.Null(new SiloOptionReader().Read(["--help"], output, TextWriter.Null, out int exitCode));
        string help = output.ToString();
        Assert.Equal(0, exitCode);
        string[] expected =
            ["--config <FILE>", "--move-pause-limit-ms <MS>", "50 to 30000", "Default: 500.", "ORLEANSSHARDS_SILO_MOVES_AT_ONCE"];
        Assert.All(expected, text => Assert.Contains(text, help, StringComparison.Ordinal));
    }

    private static SiloSettings Good(params string[] args)
    {
        (SiloSettings settings, IReadOnlyList<string> errors) = Read([], args);
        Assert.Empty(errors);
        return settings;
    }

    private static (SiloSettings Settings, IReadOnlyList<string> Errors) Read(
        Dictionary<string, string> variables, params string[] args) => new SiloOptionReader().Read(args, variables, null);
}
