using Microsoft.Extensions.Hosting;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// Leaves signals and the process's end to the gateway: the usual one would catch SIGTERM, and stop the silo under
/// requests that have not been answered.
/// </summary>
internal sealed class QuietLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
