namespace OrleansShards.Core.Json;

/// <summary>
/// Which shard a key belongs to. The result for a given key and count may never change, in no version and on no
/// machine: data lies where it says. Tests pin values; a change that breaks one of them is wrong, not the test.
/// </summary>
public static class ShardHash
{
    /// <summary>
    /// The shard of <paramref name="key"/>, from 0 to <paramref name="shardCount"/> − 1: the key's 64-bit hash modulo
    /// the count. Spread evenly to within 2^-32; allocates nothing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="shardCount"/> is below 1.</exception>
    public static int ShardOf(KeyText key, int shardCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        return (int)(key.Hash % (ulong)shardCount);
    }
}
