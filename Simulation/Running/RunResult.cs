using OrleansShards.Simulation.Drawing;

namespace OrleansShards.Simulation.Running;

/// <summary>What came of a run.</summary>
/// <param name="Options">What decided it.</param>
/// <param name="Rule">The rule that is broken; null where none is.</param>
/// <param name="Text">What was seen; empty where none is broken.</param>
/// <param name="Statistics">What happened in it.</param>
public sealed record RunResult(RunOptions Options, string? Rule, string Text, RunStatistics Statistics);
