namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// Clusters of processes that are killed: one after the other and beside nothing else, as three silos and their load fill
/// a small machine, and what is measured should be theirs.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FailureRuns
{
    /// <summary>What the tests in it name.</summary>
    public const string Name = "failures of silo processes";
}
