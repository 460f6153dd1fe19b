using OrleansShards.Silo;
using OrleansShards.Silo.Cli;
using OrleansShards.Tests.House;

namespace OrleansShards.Tests.Deploy;

/// <summary>What a silo makes of the options in a file of <c>deploy/</c>, and what each of these files owes it.</summary>
internal static class DeployedSilo
{
    private const string Prefix = "ORLEANSSHARDS_SILO_";

    // For the line that says why, and for the process's end.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    // A file that a container has, and this machine has not.
    private static readonly Lazy<string> Keys = new(static () =>
    {
        string file = Path.Combine(AppContext.BaseDirectory, "deployed-api-keys");
        File.WriteAllText(file, "me admin 0123456789abcdef-admin");
        return file;
    });

    internal static string PathOf(string file) => Path.Combine(Repository.Root, "deploy", file);

    internal static string Text(string file) => File.ReadAllText(PathOf(file));

    /// <summary>The settings of a process with this environment and command line. An option that the silo does not know fails.</summary>
    internal static SiloSettings Of(IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments)
    {
        Dictionary<string, string> variables = environment
            .Where(static one => one.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(static one => one.Key, static one => one.Key.EndsWith("_API_KEY_FILE", StringComparison.Ordinal)
                ? Keys.Value : one.Value);
        (SiloSettings settings, IReadOnlyList<string> errors) = new SiloOptionReader().Read(arguments, variables, null);
        Assert.Empty(errors);
        return settings;
    }

    /// <summary>What is killed after this time must have ended itself before it, with a line that says why.</summary>
    internal static void AssertStopFits(TimeSpan killedAfter, SiloSettings settings)
    {
        TimeSpan needed = settings.Drain + SiloHost.StopLimit + Margin;
        Assert.True(killedAfter >= needed, $"a silo is killed after {killedAfter}; expected {needed} or more (--drain-ms, 20 s, 5 s)");
    }

    /// <summary>The silos of one cluster: the same cluster, each with a name, a group and an address of its own.</summary>
    internal static void AssertOneCluster(IReadOnlyList<SiloSettings> silos)
    {
        SiloSettings first = silos[0];
        Assert.All(silos, one =>
        {
            Assert.Equal(first.Nodes, one.Nodes);
            Assert.Equal((first.Shards, first.ClusterId, first.LogsPlace), (one.Shards, one.ClusterId, one.LogsPlace));
            Assert.Equal([one.Name], one.Groups);
        });
        Assert.Equal(first.Nodes, silos.Select(static one => one.Name));
        Assert.Equal(silos.Count, silos.Select(static one => one.Advertised).Distinct().Count());
    }
}
