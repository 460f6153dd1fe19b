namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// Clusters of gateways and silos that are killed, stopped, replaced and cut off from each other: one after the other, beside nothing but
/// <see cref="DatabaseFailureRuns"/> (eng/test.sh).
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[Trait("failures", "processes")]
public sealed class ProcessFailureRuns
{
    /// <summary>What the tests in it name.</summary>
    public const string Name = "failures of processes";
}
