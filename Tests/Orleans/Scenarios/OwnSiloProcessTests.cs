using OrleansShards.Tests.MaelstromGateway.Scenarios;

namespace OrleansShards.Tests.Orleans.Scenarios;

/// <summary>The scenarios that need a process, with the process that users run: it has a silo in it.</summary>
public sealed class OwnSiloProcessTests : ScenarioTests
{
    // A silo that starts beside all other tests may take longer than users have patience for.
    private static readonly string[] Patience = ["--deadline-ms", "30000", "--key-deadline-ms", "30000"];

    private protected override IScenarioHost Host { get; } = new ProcessScenarioHost(Patience);

    /// <summary>Their names.</summary>
    public static TheoryData<string> NamesOfProcesses() =>
        [.. ScenarioFiles.All.Where(static scenario => scenario.NeedsProcess).Select(static scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(NamesOfProcesses))]
    public void Scenario_ThatNeedsAProcess_GoesAsWritten(string name) => RunScenario(name);

    [Fact]
    public void Data_OfOneHost_IsTheOthersToo()
    {
        string directory = Directory.CreateTempSubdirectory("orleansshards-hosts-").FullName;
        try
        {
            foreach ((string host, int round) in new[] { ("silo", 0), ("in-process", 1), ("silo", 2), ("in-process", 3) })
            {
                using Processes.GatewayProcess gateway = new(["--host", host, "--data", directory, .. Patience]);
                gateway.Init("n1", "n1", "n2");
                string body = round == 0
                    ? """{"type":"write","msg_id":1,"key":"k","value":1}"""
                    : $$"""{"type":"cas","msg_id":1,"key":"k","from":{{round}},"to":{{round + 1}}}""";
                string seen = gateway.Ask("c", "n1", body).ToString();
                Assert.True(seen.Contains("_ok", StringComparison.Ordinal), $"round {round}, {host}: expected an ok; seen {seen}");
                Assert.Equal(0, gateway.End());
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
