using System.Globalization;
using OrleansShards.CommandLine;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Tests.Deploy;

/// <summary>The units of <c>deploy/systemd</c>; eng/deploy.sh has systemd itself look at them.</summary>
public sealed class SystemdUnitTests
{
    private const string Single = "orleansshards-silo.service";
    private const string Several = "orleansshards-silo@.service";

    private static readonly string[] Instances = ["n1", "n2", "n3"];

    // In which the cluster opens, or the silo ends with 1.
    private static readonly TimeSpan OpeningLimit = TimeSpan.FromSeconds(30);

    [Fact]
    public void SingleSilo_TakesItsOptionsFromAFileThatTheSiloTakes()
    {
        Assert.EndsWith(
            "OrleansShards.Silo.dll --config ${CREDENTIALS_DIRECTORY}/silo.json", Value(Single, "ExecStart"), StringComparison.Ordinal);
        Assert.Equal("silo.json:/etc/orleansshards/silo.json", Value(Single, "LoadCredential"));
        SiloSettings settings = DeployedSilo.Of([], "--config", DeployedSilo.PathOf("systemd/silo.json"));
        Assert.Equal((ClusterKind.Postgres, "n1"), (settings.Kind, settings.Name));
    }

    [Fact]
    public void SeveralSilos_AreOneCluster()
    {
        SiloSettings[] silos = [.. Instances.Select(Settings)];

        Assert.All(silos, one =>
        {
            Assert.Equal(silos[0].Nodes, one.Nodes);
            Assert.Equal((ClusterKind.Directory, "/var/lib/orleansshards/shared"), (one.Kind, one.DataDirectory));
            Assert.Equal([one.Name], one.Groups);
        });
        Assert.Equal(silos[0].Nodes, silos.Select(static one => one.Name));
    }

    [Theory]
    [InlineData(Single)]
    [InlineData(Several)]
    public void Limits_AreBehindTheSilosOwn(string unit)
    {
        SiloSettings settings = new();
        TimeSpan wait = unit == Single ? settings.DatabaseWait : TimeSpan.Zero;
        Assert.True(Time(unit, "TimeoutStartSec") >= wait + (2 * OpeningLimit), "a start that fails says why before systemd ends it");
        DeployedSilo.AssertStopFits(Time(unit, "TimeoutStopSec"), settings);
    }

    [Theory]
    [InlineData(Single)]
    [InlineData(Several)]
    public void Unit_IsToldOfReadiness_AndStartsWhatFailedAgain(string unit)
    {
        Assert.Equal("notify", Value(unit, "Type"));
        Assert.Equal("on-failure", Value(unit, "Restart"));
        Assert.Equal($"{ExitCodes.BadOptions}", Value(unit, "RestartPreventExitStatus"));
        Assert.Equal("orleansshards", Value(unit, "User"));
        Assert.StartsWith("u orleansshards ", DeployedSilo.Text("systemd/orleansshards.sysusers").Split('\n')[1], StringComparison.Ordinal);
    }

    private static SiloSettings Settings(string instance)
    {
        string[] words = Value(Several, "ExecStart").Replace("%i", instance, StringComparison.Ordinal)
            .Replace("%S", "/var/lib", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return DeployedSilo.Of([], words[2..]);
    }

    private static TimeSpan Time(string unit, string key)
    {
        string text = Value(unit, key);
        Assert.EndsWith("s", text, StringComparison.Ordinal);
        return TimeSpan.FromSeconds(int.Parse(text[..^1], CultureInfo.InvariantCulture));
    }

    private static string Value(string unit, string key) => Assert.Single(
        DeployedSilo.Text($"systemd/{unit}").Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'),
        line => line.StartsWith($"{key}=", StringComparison.Ordinal))[(key.Length + 1)..];
}
