using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using OrleansShards.MaelstromGateway.Cli;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>Options: where they come from, and what is said when they are wrong.</summary>
public sealed partial class GatewayOptionReaderTests
{
    [Fact]
    public void Read_Nothing_IsTheDefaults()
    {
        GatewayOptions options = Good();

        Assert.Equal(new GatewayOptions(), options);
        Assert.Equal((16, 900, 4500),
            (options.Shards, options.Deadlines.OnKey.TotalMilliseconds, options.Deadlines.Other.TotalMilliseconds));
    }

    [Fact]
    public void Read_AllOptions_AreTaken()
    {
        GatewayOptions options = Good(
            "--data", "/tmp/d", "--cluster", "demo", "--network", "maelstrom", "--shards", "3", "--key-deadline-ms", "10",
            "--deadline-ms=20", "--move-deadline-ms", "40", "--failover-after-ms", "3000", "--line-bytes-max", "200000",
            "--requests-max", "5",
            "--request-bytes-max", "6", "--output-bytes-max", "7", "--log-level", "debug",
            "--key-bytes-max", "8", "--value-bytes-max", "9", "--session-name-bytes-max", "10", "--session-bytes-max", "2000000",
            "--shard-bytes-max", "3000000", "--silo-bytes-max", "5000000000");

        Assert.Equal(
            new GatewayOptions
            {
                DataDirectory = "/tmp/d",
                Cluster = "demo",
                IsMaelstromTheNetwork = true,
                Shards = 3,
                Deadlines = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20))
                {
                    Move = TimeSpan.FromMilliseconds(40),
                },
                FailoverAfter = TimeSpan.FromMilliseconds(3000),
                LineBytesMax = 200_000,
                RequestsMax = 5,
                RequestBytesMax = 6,
                OutputBytesMax = 7,
                LogLevel = LogLevel.Debug,
                Limits = new()
                {
                    KeyBytesMax = 8,
                    ValueBytesMax = 9,
                    SessionNameBytesMax = 10,
                    SessionBytesMax = 2_000_000,
                    ShardBytesMax = 3_000_000,
                    SiloBytesMax = 5_000_000_000,
                },
            },
            options);
    }

    [Theory]
    [InlineData("--shards is \"0\"; expected an integer from 1 to 65536", "--shards", "0")]
    [InlineData("--value-bytes-max is \"16777217\"; expected an integer from 1 to 16777216 bytes", "--value-bytes-max", "16777217")]
    [InlineData("--shards is \"many\"; expected an integer from 1 to 65536", "--shards", "many")]
    [InlineData("--cluster is \"../x\"; expected 1 to 64 letters", "--cluster", "../x")]
    [InlineData("--network is \"tcp\"; expected sockets or maelstrom", "--network", "tcp")]
    [InlineData("--network maelstrom is for --cluster, which is not given", "--network", "maelstrom")]
    [InlineData("--line-bytes-max is 1024; expected 65536 or more with --network maelstrom",
        "--cluster", "demo", "--network", "maelstrom", "--line-bytes-max", "1024")]
    [InlineData("--failover-after-ms is \"30\"; expected an integer from 1000", "--failover-after-ms", "30")]
    [InlineData("--silo is \"localhost\"; expected HOST:PORT, or several of them", "--silo", "localhost")]
    [InlineData("--silo is \"a:1,b:0\"; expected HOST:PORT, or several of them", "--silo", "a:1,b:0")]
    [InlineData("--silo is \"::1:1\"; expected HOST:PORT, or several of them", "--silo", "::1:1")]
    [InlineData("--cluster-id is \" \"; expected a name", "--cluster-id", " ")]
    [InlineData("--cluster-id and --service-id are for --silo", "--service-id", "x")]
    [InlineData("--log-level is \"3\"; expected none, error", "--log-level", "3")]
    [InlineData("--data is \"\"; expected a directory", "--data", "")]
    [InlineData("'--nope'", "--nope")]
    [InlineData("'--shards' expects a single argument", "--shards", "1", "--shards", "2")]
    [InlineData("the file /nowhere.json cannot be read", "--config", "/nowhere.json")]
    public void Read_AWrongOption_IsSaidInOneLine(string expected, params string[] args)
    {
        string[] errors = Bad(args);

        Assert.Contains(expected, errors[0], StringComparison.Ordinal);
        Assert.Equal(2, errors.Length);
    }

    [Fact]
    public void Read_SeveralWrongOptions_AreAllSaidAtOnce()
    {
        string[] errors = Bad("--shards", "0", "--deadline-ms", "x", "--log-level", "loud");

        Assert.Equal(4, errors.Length);
    }

    [Fact]
    public void Read_AFile_IsBeatenByTheCommandLine()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, """{ "Shards": 5, "key-deadline-ms": 77, "LogLevel": "none" }""");

        GatewayOptions options = Good("--config", path, "--shards", "6");

        Assert.Equal((6, 77, LogLevel.None),
            (options.Shards, options.Deadlines.OnKey.TotalMilliseconds, options.LogLevel));
        File.Delete(path);
    }

    [Fact]
    public void Read_AFileThatIsWrong_SaysWhere()
    {
        string path = Path.GetTempFileName();
        File.WriteAllText(path, """{ "Shards": 0, "Colour": "red" }""");

        string[] errors = Bad("--config", path);

        Assert.Contains(errors, error =>
            error.Contains($"\"Shards\" in {path} is \"0\"; expected an integer", StringComparison.Ordinal));
        Assert.Contains(errors, error =>
            error.Contains($"\"Colour\" in {path} is no option; expected one of", StringComparison.Ordinal));
        File.Delete(path);
    }

    [Fact]
    public void Read_Variables_AreNamedAsTheOptionInCapitals()
    {
        Dictionary<string, string> variables = new()
        {
            ["ORLEANSSHARDS_KEY_DEADLINE_MS"] = "70",
            ["ORLEANSSHARDS_DEADLINE_MS"] = "soon",
            ["ORLEANSSHARDS_SHARDS"] = "0",
            ["ORLEANSSHARDS_SILO_HTTP_PORT"] = "a silo's",
        };

        (GatewayOptions options, IReadOnlyList<string> errors) = new GatewayOptionReader().Read(["--shards", "5"], variables, null);

        Assert.Equal("ORLEANSSHARDS_DEADLINE_MS is \"soon\"; expected an integer from 1 to 3600000 ms", Assert.Single(errors));
        Assert.Equal((5, 70), (options.Shards, options.Deadlines.OnKey.TotalMilliseconds));
    }

    [Theory]
    [InlineData("--shrads", "--shards")]
    [InlineData("--shard", "--shards")]
    [InlineData("--shard-bytes", "--shard-bytes-max")]
    [InlineData("--value-byte-max", "--value-bytes-max")]
    [InlineData("--session", "--session-bytes-max or --session-name-bytes-max")]
    public void Read_AnOptionMistypedOrCutShort_NamesTheOneThatIsNear(string given, string expected)
    {
        Assert.EndsWith($"'{given}'; did you mean {expected}?", Bad(given)[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public void Help_Default_IsTheDefault(string option, string text)
    {
        Assert.Equal(new GatewayOptions(), Good(option, text));
    }

    public static TheoryData<string, string> Defaults()
    {
        StringWriter help = new();
        Assert.Null(new GatewayOptionReader().Read(["--help"], help, TextWriter.Null, out _));
        TheoryData<string, string> found = [];
        foreach (Match option in DefaultInHelp().Matches(help.ToString()))
            found.Add(option.Groups[1].Value, option.Groups[2].Value);

        Assert.True(found.Count > 10, $"the help should say more than {found.Count} defaults:\n{help}");
        return found;
    }

    private static GatewayOptions Good(params string[] args)
    {
        var errors = new StringWriter();
        GatewayOptions? options = new GatewayOptionReader().Read(args, TextWriter.Null, errors, out int exitCode);
        Assert.Equal("", errors.ToString());
        Assert.Equal(0, exitCode);
        return options!;
    }

    private static string[] Bad(params string[] args)
    {
        var errors = new StringWriter();
        Assert.Null(new GatewayOptionReader().Read(args, TextWriter.Null, errors, out int exitCode));
        Assert.Equal(2, exitCode);
        return errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"^  (--[a-z-]+) .*Default: ([0-9]+|information)", RegexOptions.Multiline)]
    private static partial Regex DefaultInHelp();
}
