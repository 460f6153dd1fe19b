namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>Every scenario that a host can hold, held with it. Another host is another class that derives from
/// this.</summary>
public abstract class ScenarioTests
{
    private protected abstract IScenarioHost Host { get; }

    /// <summary>The names of the scenarios, for those that a host in this process can hold, or for all.</summary>
    public static TheoryData<string> Names(bool hasProcesses) =>
        [.. ScenarioFiles.All.Where(scenario => hasProcesses || !scenario.NeedsProcess)
            .Select(scenario => scenario.Name)];

    private protected void RunScenario(string name) =>
        ScenarioRunner.Run(ScenarioFiles.All.Single(scenario => scenario.Name == name), Host);
}
