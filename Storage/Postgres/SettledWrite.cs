namespace OrleansShards.Storage.Postgres;

/// <summary>
/// Writes nothing: it is done once the writer has a session whose predecessors have all ended, so that what they left
/// in doubt is decided.
/// </summary>
internal sealed class SettledWrite(CancellationToken cancellationToken)
    : PostgresWrite<bool>(null, cancellationToken, TaskCreationOptions.RunContinuationsAsynchronously)
{
    public override void Complete() => TrySetResult(true);
}
