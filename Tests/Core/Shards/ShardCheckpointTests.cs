using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Shards;

public sealed class ShardCheckpointTests
{
    private const int ChunkBytes = 64;

    private readonly ShardReplay _shard = ShardReplay.Serving();

    [Theory]
    [InlineData(10, ChunkBytes * 2)]
    [InlineData(200, ChunkBytes * 5)]
    [InlineData(290, ChunkBytes * 5)]
    [InlineData(100_000, ChunkBytes * 2)]
    public void WriteNext_ValuesOfAnySize_AreInBoundedChunksAndRestored(int valueBytes, int chunkBytesMax)
    {
        for (int key = 0; key < 8; key++)
            _shard.Do(Keys.Write($"{key}", $"\"{new string((char)('a' + key), valueBytes - 2)}\"", Keys.Client($"c{key}", 1)));

        using ICheckpointSource source = _shard.State.Freeze();
        List<byte[]> chunks = ShardReplay.Chunks(source, ChunkBytes);

        Assert.All(chunks, chunk => Assert.InRange(chunk.Length, 1, chunkBytesMax));
        source.Dispose();
        Assert.Equal(_shard.State.Digest, _shard.Restored(ChunkBytes).State.Digest);
        Assert.Equal(_shard.Snapshot(), _shard.Restored(ChunkBytes).Snapshot());
    }

    [Fact]
    public void Clear_InTheMiddleOfAnItem_ForgetsItsSlices()
    {
        _shard.Do(Keys.Write("1", $"\"{new string('a', 1000)}\""));
        using ICheckpointSource source = _shard.State.Freeze();
        List<byte[]> chunks = ShardReplay.Chunks(source, ChunkBytes);
        ShardReplay reader = new();
        chunks[..^2].ForEach(chunk => reader.State.Restore(chunk));
        reader.State.Clear();
        chunks.ForEach(chunk => reader.State.Restore(chunk));

        Assert.Equal(_shard.State.Digest, reader.State.Digest);
    }

    [Fact]
    public void WriteNext_ItemLargerThanAChunk_IsAloneInItsChunk()
    {
        _shard.Do(Keys.Write("1", "2"));
        _shard.Do(Keys.Write("3", $"\"{new string('a', 200)}\""));
        _shard.Do(Keys.Write("4", "5"));

        using ICheckpointSource source = _shard.State.Freeze();
        Assert.Equal(3, ShardReplay.Chunks(source, ChunkBytes).Count);
    }
}
