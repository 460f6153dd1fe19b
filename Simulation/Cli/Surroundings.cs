using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Cli;

/// <summary>What the command line works with.</summary>
/// <param name="Output">Where results go.</param>
/// <param name="Errors">Where what is wrong and how far it is go.</param>
/// <param name="Execute">Carries a run out, and writes it down where it is given a writer.</param>
internal sealed record Surroundings(TextWriter Output, TextWriter Errors, Func<RunOptions, TextWriter?, RunResult> Execute);
