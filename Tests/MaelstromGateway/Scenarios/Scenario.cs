namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>One conversation with a fresh gateway; <c>Tests/Scenarios/README.md</c> says how it is written
/// down.</summary>
/// <param name="Name">The file and the title.</param>
/// <param name="Options">The command line.</param>
/// <param name="NeedsProcess">Whether it can only be held with a process of its own.</param>
/// <param name="NotWith">The hosts with which it goes otherwise, each with a reason in the file.</param>
/// <param name="Steps">What happens, in order.</param>
internal sealed record Scenario(
    string Name,
    IReadOnlyList<string> Options,
    bool NeedsProcess,
    IReadOnlyList<string> NotWith,
    IReadOnlyList<ScenarioStep> Steps);
