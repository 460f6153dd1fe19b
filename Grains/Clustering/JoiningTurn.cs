using OrleansShards.Grains.Interfaces.Membership;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// Lets silos that start at once join one after another. Each change of the table has one winner, and Orleans makes a loser back off for a
/// second or two, and then longer: without turns, five silos took seven seconds. It only saves time: a silo that gets no turn within the
/// limit joins without one, so a stopped process that holds the lock delays the others for no longer than that.
/// </summary>
internal sealed class JoiningTurn(MembershipDirectory directory, TimeProvider clock) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);

    private FileStream? _turn;

    public void Participate(ISiloLifecycle lifecycle)
    {
        // From before the first change of the table, to "joining", until after the last one, to "active".
        lifecycle.Subscribe(nameof(JoiningTurn), ServiceLifecycleStage.AfterRuntimeGrainServices - 1, WaitAsync, EndAsync);
        lifecycle.Subscribe(nameof(JoiningTurn), ServiceLifecycleStage.BecomeActive + 1, EndAsync, static _ => Task.CompletedTask);
    }

    public void Dispose() => Interlocked.Exchange(ref _turn, null)?.Dispose();

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        string file = Path.Combine(directory.Path, ".joining");
        long startedAt = clock.GetTimestamp();
        while ((_turn = SharedDirectory.TryLock(file)) is null && clock.GetElapsedTime(startedAt) < Limit)
            await Task.Delay(RetryInterval, clock, cancellationToken).ConfigureAwait(false);
    }

    private Task EndAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }
}
