namespace OrleansShards.Grains.Hosting;

/// <summary>
/// What the cluster of a silo is founded with: by its options, or told once it is known (a gateway that hosts a silo
/// learns it from <c>init</c>). Thread-safe.
/// </summary>
public sealed class ClusterIdentity
{
    private readonly TaskCompletionSource<ClusterDefinition> _known =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when it is known.</summary>
    public Task<ClusterDefinition> Known => _known.Task;

    /// <summary>Tells it.</summary>
    /// <returns>Whether that is what was known before, or nothing was.</returns>
    public bool Set(ClusterDefinition definition) =>
        _known.TrySetResult(definition) || _known.Task.Result.Equals(definition);
}
