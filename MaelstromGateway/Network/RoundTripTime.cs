namespace OrleansShards.MaelstromGateway.Network;

/// <summary>When a segment without acknowledgement is repeated, from the measured round trips, as TCP does it (RFC 6298).</summary>
internal sealed class RoundTripTime(StreamLimits limits)
{
    private double _mean = -1;
    private double _deviation;

    /// <summary>A segment that was sent once was acknowledged after so long. One that was repeated says nothing (Karn).</summary>
    internal void Add(long milliseconds)
    {
        if (_mean < 0)
        {
            (_mean, _deviation) = (milliseconds, milliseconds / 2.0);
            return;
        }

        _deviation += (Math.Abs(milliseconds - _mean) - _deviation) / 4;
        _mean += (milliseconds - _mean) / 8;
    }

    /// <summary>The time-out of a segment that has been sent so many times.</summary>
    internal int Timeout(int times)
    {
        double first = _mean < 0 ? limits.FirstTimeoutMs : _mean + (4 * _deviation) + limits.AcknowledgeAfterMs;
        double doubled = Math.Max(first, limits.TimeoutMsMin) * Math.Pow(2, Math.Min(times - 1, 20));
        return (int)Math.Min(doubled, limits.TimeoutMsMax);
    }
}
