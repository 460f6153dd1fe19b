namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// Clusters of processes that are killed, stopped and cut off beside a database: one after the other, beside nothing but
/// <see cref="ProcessFailureRuns"/> (eng/test.sh), as three silos and their load fill half of a small machine.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[Trait("failures", "databases")]
public sealed class DatabaseFailureRuns
{
    /// <summary>What the tests in it name.</summary>
    public const string Name = "failures of silos and databases";
}
