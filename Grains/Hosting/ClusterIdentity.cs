using Orleans.Concurrency;
using OrleansShards.Grains.Interfaces;

namespace OrleansShards.Grains.Hosting;

/// <summary>The definition of a silo's cluster: from its options or, in a gateway's silo, from <c>init</c>. Thread-safe.</summary>
public sealed class ClusterIdentity
{
    private readonly TaskCompletionSource<ClusterDefinition> _known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the definition is known.</summary>
    public Task<ClusterDefinition> Known => _known.Task;

    /// <summary>Sets the definition.</summary>
    /// <returns>False if another definition was set before.</returns>
    public bool Set(ClusterDefinition definition) => _known.TrySetResult(definition) || _known.Task.Result.Equals(definition);
}

/// <summary>The store holds a cluster that was created with another definition; the text says with which.</summary>
public sealed class ClusterMismatchException(string text) : Exception(text);

/// <summary>Answers what this silo was started with.</summary>
[GrainType("orleans-shards.cluster")]
[StatelessWorker(1)]
internal sealed class ClusterGrain(ClusterIdentity identity) : Grain, IClusterGrain
{
    // A silo that never learns it could not stop: Orleans deactivates a worker only once its request has ended. Callers ask again.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public async Task<ClusterDefinition> Definition()
    {
        try
        {
            return await identity.Known.WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException("the silo does not know yet what cluster it is part of");
        }
    }
}
