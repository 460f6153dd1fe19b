using OrleansShards.Grains.Diagnostics;

namespace OrleansShards.Grains.Nodes;

/// <summary>How many bytes the shards' copies on this silo hold, each as it has reported it last. Thread-safe.</summary>
internal sealed class SiloContent(ShardsMetrics metrics)
{
    private long _bytes;

    internal long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Replaces a copy's last report, <paramref name="reported"/>, by a new one; 0 when the copy leaves the silo.</summary>
    internal void Report(ref long reported, long bytes)
    {
        if (bytes == reported)
            return;

        long all = Interlocked.Add(ref _bytes, bytes - reported);
        reported = bytes;
        metrics.Holds(all);
    }
}
