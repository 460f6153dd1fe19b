using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using OrleansShards.Cli;
using OrleansShards.Cli.Commands;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Telemetry;
using OrleansShards.Tests.House;

namespace OrleansShards.Tests.Orleans.Silo.Cli;

/// <summary>docs/cli.md has every command, option and exit code, and the silo's banner two commands that work.</summary>
public sealed partial class ShardsDocsTests
{
    private static readonly string Docs = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

    [Fact]
    public void Commands_AreInTheDocsWithTheirArgumentsAndOptions()
    {
        RootCommand root = ShardsCommand.Build();
        string[] commands = [.. root.Subcommands.Select(Usage)];
        string[] documented = [.. Rows().Matches(Docs).Select(static row => row.Groups["usage"].Value)];
        Assert.Equal(commands, documented);
        foreach (Command command in root.Subcommands)
        {
            string row = Rows().Matches(Docs).First(row => row.Groups["usage"].Value == Usage(command)).Value;
            Assert.All(command.Options, option => Assert.Contains($"`{option.Name}", row, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Options_OfTheDocs_AreThere()
    {
        RootCommand root = ShardsCommand.Build();
        string[] options = [.. root.Options.Concat(root.Subcommands.SelectMany(static command => command.Options))
            .Select(static option => option.Name).Distinct().Order(StringComparer.Ordinal)];
        string[] documented = [.. Options().Matches(Docs).Select(static one => one.Groups["name"].Value).Distinct()];
        Assert.Empty(options.Where(static name => name.StartsWith("--", StringComparison.Ordinal)).Except(documented));
        Assert.Empty(documented.Except(options));
    }

    [Fact]
    public void ExitCodes_AreInTheDocs()
    {
        IEnumerable<int> codes = typeof(ExitCode).GetFields(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(static field => (int)field.GetRawConstantValue()!);
        IEnumerable<int> documented = Codes().Matches(Docs)
            .Select(static row => int.Parse(row.Groups["code"].Value, CultureInfo.InvariantCulture));
        Assert.Equal(codes, documented);
    }

    [Fact]
    public async Task Banner_ItsTwoCommands_WorkWordForWord()
    {
        Dictionary<string, string> environment = new() { ["SHARDS_COMMAND"] = $"dotnet {ShardsRun.Program}" };
        using SiloRun silo = new(FreePorts.Take(3), environment);
        await silo.UntilReadyIsAsync(true);
        string[] commands = await CommandsAsync(silo);
        Assert.Equal(2, commands.Length);
        foreach (string command in commands)
        {
            using Process shell = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardOutput = true })!;
            string output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(shell.ExitCode == 0 && output.Length > 0, $"{command}: {shell.ExitCode}, {output}");
        }

        Assert.StartsWith($"dotnet {ShardsRun.Program} status", commands[0], StringComparison.Ordinal);
        Assert.Contains("put color blue", commands[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", 8080, "s status", "s put color blue")]
    [InlineData("0.0.0.0", 8081, "s status --url http://127.0.0.1:8081", "s put color blue --url http://127.0.0.1:8081")]
    [InlineData("::", 8080, "s status --url http://[::1]:8080", "s put color blue --url http://[::1]:8080")]
    [InlineData("10.0.0.1", 8080, "s status --url http://10.0.0.1:8080", "s shards --url http://10.0.0.1:8080")]
    public void Banner_OfEachAddress_NamesOneThatAnswers(string bind, int port, string first, string second)
    {
        (SiloSettings settings, IReadOnlyList<string> errors) = new SiloOptionReader().Read(
            ["--http-bind", bind, "--http-port", port.ToString(CultureInfo.InvariantCulture)], null, null);
        Assert.Empty(errors);
        Assert.Equal(IPAddress.Parse(bind), settings.HttpBind);
        Assert.Equal([first, second], SiloBanner.Commands(settings, "s"));
    }

    [Fact]
    public void Banner_WithTls_NamesAHostOfTheCertificate()
    {
        using TestCertificates own = new();
        (string certificate, string key) = own.Pem("silo", "kv.example.org");
        (SiloSettings settings, IReadOnlyList<string> errors) = new SiloOptionReader().Read(
            ["--http-bind", "0.0.0.0", "--http-hosts", "*.org,kv.example.org", "--tls-certificate", certificate, "--tls-key", key,
                "--tls-ca", own.Authority], null, null);
        Assert.Empty(errors);
        string options = $"--url https://kv.example.org:8080 --ca-file {own.Authority}";
        Assert.Equal([$"s status {options}", $"s shards {options}"], SiloBanner.Commands(settings, "s"));
    }

    private static async Task<string[]> CommandsAsync(SiloRun silo)
    {
        // The log's last lines may come behind the first answer.
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(50));
        string[] commands = Find();
        for (long startedAt = Stopwatch.GetTimestamp(); commands.Length < 2 && Stopwatch.GetElapsedTime(startedAt) < SiloRun.Limit;)
        {
            await looks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            commands = Find();
        }

        return commands;

        string[] Find() => [.. silo.Lines.Select(static line => line.Split("] try: ")).Where(static parts => parts.Length == 2)
            .Select(static parts => parts[1])];
    }

    private static string Usage(Command command) => string.Join(' ', command.Arguments
        .Select(static one => one.Arity is { MinimumNumberOfValues: 0 } ? $"[{one.Name}]"
            : one.Arity is { MaximumNumberOfValues: > 1 } ? $"{one.Name}..." : one.Name)
        .Prepend(command.Name));

    [GeneratedRegex(@"^\| `shards (?<usage>[^`]+)` \|.*", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"`(?<name>--[a-z-]+)[ `]")]
    private static partial Regex Options();

    [GeneratedRegex(@"^\| (?<code>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Codes();
}
