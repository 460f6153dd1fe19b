namespace OrleansShards.Grains.Nodes;

/// <summary>The newest change of leadership that this silo has heard of, for all its nodes: they look at every tick. Thread-safe.</summary>
internal sealed class NotificationHub
{
    private readonly Lock _gate = new();
    private PrimaryChanged? _newest;
    private long _count;

    /// <summary>Puts a notice up, unless it is older than what hangs there. Other notices concern clients only.</summary>
    internal void Post(Message notice)
    {
        lock (_gate)
        {
            if (notice is PrimaryChanged changed && !(changed.Term <= _newest?.Term))
            {
                _newest = changed;
                Volatile.Write(ref _count, _count + 1);
            }
        }
    }

    /// <summary>The newest notice if it came after <paramref name="seen"/>, which is brought up to date.</summary>
    internal PrimaryChanged? Newest(ref long seen)
    {
        if (Volatile.Read(ref _count) == seen)
            return null;

        lock (_gate)
        {
            seen = _count;
            return _newest;
        }
    }
}
