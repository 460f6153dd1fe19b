namespace OrleansShards.Tests.Orleans.Client;

/// <summary>A clock that a test moves by hand; its timers fire when the test says so.</summary>
internal sealed class HandClock : TimeProvider
{
    private readonly List<Action> _timers = [];
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _timers.Add(() => callback(state));
        return new Timer();
    }

    internal void Move(TimeSpan by)
    {
        _now += by.Ticks;
        _timers.ForEach(static fire => fire());
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
