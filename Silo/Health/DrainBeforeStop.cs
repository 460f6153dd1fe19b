using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Health;

/// <summary>
/// Told to stop, a silo says at once that it is not ready, and goes on serving for as long as the settings say before
/// anything of it ends: a balancer that asks every few seconds has then stopped sending.
/// </summary>
internal sealed class DrainBeforeStop(SiloSettings settings, TimeProvider clock) : IHostedLifecycleService
{
    /// <inheritdoc />
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        settings.Drain > TimeSpan.Zero ? Task.Delay(settings.Drain, clock, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc />
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
