using System.Runtime.CompilerServices;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>
/// Replays <c>Scenarios/*.txt</c>. With <c>REWRITE=1</c> in the environment the files are rewritten with what was seen:
/// read the difference before it is committed.
/// </summary>
public sealed class LogScenarioTests
{
    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder(), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Replay_Scenario_IsAsWritten(string name)
    {
        string path = Path.Combine(Folder(), name + ".txt");
        string expected = File.ReadAllText(path);
        ScenarioWorld world = new();
        string seen = ScenarioFile.Replay(expected, world.Run);
        if (Environment.GetEnvironmentVariable("REWRITE") == "1")
        {
            File.WriteAllText(path, seen);
            return;
        }

        Assert.Equal(expected, seen);
    }

    private static string Folder([CallerFilePath] string self = "") => Path.Combine(Path.GetDirectoryName(self)!, "Scenarios");
}
