namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>One line of a scenario.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Text">With what.</param>
/// <param name="LineNumber">Where it stands in its file.</param>
internal sealed record ScenarioStep(StepKind Kind, string Text, int LineNumber);
