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
    private readonly Action<Message> _onNotice;
    private readonly IGrainFactory _grains;
    private readonly Task _renewing;

    /// <summary>Subscribes from now on. <paramref name="onNotice"/> is called on any thread; it must not throw or block.</summary>
    public NoticeSubscription(IGrainFactory grains, ClusterDefinition definition, TimeProvider clock, Action<Message> onNotice)
    {
        GrainCalls calls = new(grains, definition);
        _grains = grains;
        _onNotice = onNotice;
        _reference = grains.CreateObjectReference<IClusterObserver>(this);
        _renewing = Task.WhenAll(definition.Masters.Select(master => RenewAsync(calls.Master(master), clock)));
    }

    /// <inheritdoc />
    public Task Notice(Message notice)
    {
        _onNotice(MessageCheck.Whole(notice));
        return Task.CompletedTask;
    }

    /// <summary>Ends the subscription. Never fails: a failure would end the loop that replaces a dead silo.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        _stopping.Dispose();
        try
        {
            _grains.DeleteObjectReference<IClusterObserver>(_reference);
        }
        catch (Exception)
        {
            // Its silo or client has stopped or died, and the reference with it. What Orleans throws then is not documented.
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
