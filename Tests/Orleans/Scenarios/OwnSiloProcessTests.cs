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
}
