using OrleansShards.Grains.Interfaces.Membership;

namespace OrleansShards.Grains.Clustering;

/// <summary>
/// Silos that start at once join one after another. Each change of the table has one winner, and Orleans lets a loser wait
/// for a second or two, and then longer, before it tries again: five silos took seven seconds, two of them nearly all of it.
/// </summary>
/// <remarks>
/// It saves time and nothing depends on it: who has not had a turn within its limit joins without one, and a lock that is
/// held by a process that has ended, or by one that is stopped, holds up nobody for longer than that.
/// </remarks>
internal sealed class JoiningTurn(MembershipDirectory directory, TimeProvider clock) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    private FileStream? _turn;

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle)
    {
        // From before the first change, to "joining", until after the last, to "active".
        lifecycle.Subscribe(nameof(JoiningTurn), ServiceLifecycleStage.AfterRuntimeGrainServices - 1, WaitAsync, EndAsync);
        lifecycle.Subscribe(nameof(JoiningTurn), ServiceLifecycleStage.BecomeActive + 1, EndAsync, static _ => Task.CompletedTask);
    }

    /// <inheritdoc />
    public void Dispose() => Interlocked.Exchange(ref _turn, null)?.Dispose();

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        long startedAt = clock.GetTimestamp();
        while ((_turn = TryTake()) is null && clock.GetElapsedTime(startedAt) < Limit)
            await Task.Delay(LookInterval, clock, cancellationToken).ConfigureAwait(false);
    }

    private Task EndAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    private FileStream? TryTake()
    {
        try
        {
            return new FileStream(
                Path.Combine(directory.Path, ".joining"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
