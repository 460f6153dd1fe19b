using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Grains.Interfaces.Wire;

namespace OrleansShards.Grains.Interfaces.Transport;

/// <summary>
/// Subscribes to what the cluster's masters publish. A reactivated master has no subscribers, so the subscription to both
/// is renewed every three seconds, which also keeps them active.
/// </summary>
public sealed class NoticeSubscription : IClusterObserver, IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stopping = new();
    private readonly IClusterObserver _reference;
    private readonly IReadOnlyList<IMasterRole> _masters;
    private readonly Action<Message> _heard;
    private readonly IGrainFactory _grains;
    private readonly Task _renewing;

    /// <summary>Subscribes from now on.</summary>
    /// <param name="grains">Finds grains.</param>
    /// <param name="definition">The cluster.</param>
    /// <param name="clock">Times the renewals.</param>
    /// <param name="heard">Called with each notice, on any thread; must not throw or block.</param>
    public NoticeSubscription(
        IGrainFactory grains, ClusterDefinition definition, TimeProvider clock, Action<Message> heard)
    {
        GrainCalls calls = new(grains, definition);
        _grains = grains;
        _heard = heard;
        _masters = [.. definition.Masters.Select(calls.Master)];
        _reference = grains.CreateObjectReference<IClusterObserver>(this);
        _renewing = Task.WhenAll(_masters.Select(master => RenewAsync(master, clock)));
    }

    /// <inheritdoc />
    public Task Notice(Message notice)
    {
        _heard(MessageCheck.Whole(notice));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        _stopping.Dispose();
        try
        {
            _grains.DeleteObjectReference<IClusterObserver>(_reference);
        }
        catch (Exception failure) when (failure is ObjectDisposedException or InvalidOperationException or OrleansException)
        {
            // Its silo or client has stopped, and the reference with it.
        }
    }

    private async Task RenewAsync(IMasterRole master, TimeProvider clock)
    {
        using PeriodicTimer timer = new(Interval, clock);
        try
        {
            do
            {
                await TryAsync(master).WaitAsync(_stopping.Token).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task TryAsync(IMasterRole master)
    {
        try
        {
            await master.Subscribe(_reference).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // For example the master is moving, or its silo has died. The renewal repeats soon; a notice may be lost.
        }
    }
}
