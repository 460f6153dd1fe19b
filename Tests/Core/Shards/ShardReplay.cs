using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Shards;

/// <summary>A shard's state fed with entries, each encoded as in the log, and kept so that they can be replayed.</summary>
internal sealed class ShardReplay(int sessionsMax = 64)
{
    internal static readonly GroupId Self = new("g1");

    internal ShardState State { get; } = new(Self, sessionsMax);

    internal List<byte[]> Entries { get; } = [];

    /// <summary>A state that serves, opened at epoch 1.</summary>
    internal static ShardReplay Serving(int sessionsMax = 64)
    {
        ShardReplay replay = new(sessionsMax);
        Assert.IsType<ShardDone>(replay.Do(new TransferEntry.Open(new Epoch(1))));
        return replay;
    }

    internal Message Do(KeyRequest request)
    {
        ByteWriter writer = new();
        KeyEntry.Write(writer, request);
        return Apply(writer.ToArray());
    }

    internal Message Do(TransferEntry entry) => Apply(TransferEntryCodec.Encode(entry));

    internal Message Apply(byte[] entry)
    {
        Entries.Add(entry);
        return State.Apply(LogCursor.Start, entry);
    }

    internal string Snapshot() => State.Snapshot().ToString();

    /// <summary>The state that comes of a checkpoint of this one.</summary>
    internal ShardReplay Restored(int chunkBytes = 64)
    {
        ShardReplay restored = new(SessionsMax);
        restored.State.Apply(LogCursor.Start, TransferEntryCodec.Encode(new TransferEntry.Open(new Epoch(99))));
        restored.State.Clear();
        using ICheckpointSource source = State.Freeze();
        foreach (byte[] chunk in Chunks(source, chunkBytes))
            restored.State.Restore(chunk);

        return restored;
    }

    internal static List<byte[]> Chunks(ICheckpointSource source, int chunkBytes)
    {
        List<byte[]> chunks = [];
        for (bool more = true; more;)
        {
            ByteWriter writer = new();
            more = source.WriteNext(writer, chunkBytes);
            chunks.Add(writer.ToArray());
        }

        return chunks;
    }

    internal int SessionsMax { get; } = sessionsMax;
}
