namespace OrleansShards.Storage.Postgres;

/// <summary>
/// What tests make go wrong in a <see cref="PostgresLogStore"/>; without it nothing here costs more than a null check.
/// </summary>
internal sealed class PostgresFaults
{
    /// <summary>Waited for before each batch is taken, so that a test decides what is in one transaction.</summary>
    internal ManualResetEventSlim TakeGate { get; } = new(initialState: true);
}
