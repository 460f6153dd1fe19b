using System.Globalization;
using OrleansShards.Backups;
using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;

namespace OrleansShards.Tests.Core.Backups;

/// <summary>A shard's checkpoint as a store has it, and files of such shards.</summary>
internal sealed class SampleShard
{
    private SampleShard(ShardState state, int chunkBytes)
    {
        using ICheckpointSource source = state.Freeze();
        Chunks = [.. ShardReplay.Chunks(source, chunkBytes).Select(static (chunk, number) => Sealed(chunk, number))];
        LogCursor cursor = new(new LogIndex(7), new Term(2), 0, 9);
        Manifest = new CheckpointManifest(
            new CheckpointId(cursor.Index, cursor.Term), cursor, new WriterId("g1/3", new Incarnation(5)), Chunks.Count,
            Chunks.Sum(static chunk => (long)chunk.Length), state.Digest, [new LogIndex(1)]).Encode();
        CheckpointReader reader = new(Manifest);
        Chunks.ForEach(chunk => reader.Take(chunk));
        Content = reader.Content;
    }

    internal byte[] Manifest { get; }

    internal List<byte[]> Chunks { get; }

    internal CheckpointContent Content { get; }

    /// <summary>Some keys, one of which is too large for a chunk, and sessions of clients and of a router.</summary>
    internal static SampleShard Of(int keys, int valueBytes = 400, int chunkBytes = 64, int factor = 10)
    {
        ShardReplay shard = ShardReplay.Serving();
        for (int key = 0; key < keys; key++)
            shard.Do(Keys.Write(Text(key), Text(key * factor), Keys.Client($"c{key}", 1)));

        shard.Do(new KeyRequest(
            Keys.Router("r", 4),
            new KeyCommand(KeyVerb.Write, OrleansShards.Core.Json.JsonText.Parse("\"large\""), Keys.Large(valueBytes), default, false)));
        return new SampleShard(shard.State, chunkBytes);
    }

    /// <summary>A file of these shards; ends with its end unless told otherwise.</summary>
    internal static async Task<byte[]> FileAsync(params SampleShard[] shards)
    {
        using MemoryStream file = new();
        using BackupWriter writer = new(file);
        await BeginAsync(writer, shards.Length);
        for (int number = 0; number < shards.Length; number++)
            await shards[number].WriteAsync(writer, number, shards[number].Chunks.Count, isEnded: true);

        await writer.EndAsync();
        return file.ToArray();
    }

    internal static async Task BeginAsync(BackupWriter writer, int shards)
    {
        await writer.WriteAsync(new BackupPart.Header("00ff", "here", DateTimeOffset.UnixEpoch.AddDays(20_000), shards));
        await writer.WriteAsync(new BackupPart.Masters("""{"pins":{"1":"g2"}}"""u8.ToArray()));
    }

    internal async Task WriteAsync(BackupWriter writer, int shard, int chunks, bool isEnded)
    {
        await writer.WriteAsync(new BackupPart.ShardBegin(new ShardId(shard), new GroupId("g1"), new Epoch(3), Manifest));
        for (int number = 0; number < chunks; number++)
            await writer.WriteAsync(new BackupPart.ShardChunk(number, Chunks[number]));

        if (isEnded)
            await writer.WriteAsync(new BackupPart.ShardEnd(Content));
    }

    private static byte[] Sealed(byte[] chunk, int number)
    {
        ByteWriter writer = new();
        writer.Raw(chunk);
        return CheckpointManifest.SealChunk(writer, number);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
