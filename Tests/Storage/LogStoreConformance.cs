using System.Text;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Storage;

/// <summary>
/// What every store must do: each kind derives one class from this and says how it is opened. The tests are in the
/// other parts of this class, by the part of the contract that they are about.
/// </summary>
public abstract partial class LogStoreConformance : IAsyncLifetime
{
    protected static readonly LogName Log = LogName.Shard(new GroupId("g1"), new ShardId(7));
    protected static readonly LogName OtherLog = LogName.Shard(new GroupId("g1"), new ShardId(70));

    protected ILogStore Store { get; private set; } = null!;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Why what was put is gone once the store is closed; null for a store that is durable.</summary>
    protected virtual string? WhyVolatile => null;

    /// <summary>Why records behind a gap are not always shown; null for a store that finds them.</summary>
    protected virtual string? WhyGapsAreEnds => null;

    /// <summary>How many records writers race for: as many as the store puts within a second or so.</summary>
    protected virtual ulong RaceLength => 200;

    /// <summary>Opens a store: empty the first time in a test, afterwards with all that was acknowledged.</summary>
    protected abstract ValueTask<ILogStore> OpenAsync();

    public virtual async ValueTask InitializeAsync() => Store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task ReopenAsync()
    {
        Assert.SkipWhen(WhyVolatile is not null, WhyVolatile ?? "");
        await Store.DisposeAsync();
        Store = await OpenAsync();
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static byte[] Noise(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected static CheckpointId Checkpoint(ulong index, ulong term = 1) => new(new LogIndex(index), new Term(term));

    protected async Task<PutOutcome> PutAsync(ulong index, ReadOnlyMemory<byte> bytes, LogName? log = null)
    {
        var (outcome, reason) = await Store.PutAsync(log ?? Log, new LogIndex(index), bytes, Stop);
        Assert.Equal(outcome == PutOutcome.Stored, reason is null);
        return outcome;
    }

    protected async Task PutAllAsync(params ulong[] indexes)
    {
        foreach (var index in indexes)
            Assert.Equal(PutOutcome.Stored, await PutAsync(index, Bytes($"record {index}")));
    }

    protected async Task<ulong[]> IndexesAsync(ulong from = 0, int bytesMax = int.MaxValue)
    {
        var (records, _) = await Store.ReadAsync(Log, new LogIndex(from), bytesMax, Stop);
        return [.. records.Select(record => record.Index.Value)];
    }

    protected async Task<byte[]> RecordAsync(ulong index, LogName? log = null)
    {
        var (records, _) = await Store.ReadAsync(log ?? Log, new LogIndex(index), 0, Stop);
        var record = Assert.Single(records);
        Assert.Equal(index, record.Index.Value);
        return record.Bytes.ToArray();
    }

    protected async Task<byte[]?> ChunkAsync(CheckpointId checkpoint, int number) =>
        (await Store.ReadChunkAsync(Log, checkpoint, number, Stop))?.ToArray();

    protected async Task<byte[]?> ManifestAsync() => (await Store.ReadManifestAsync(Log, Stop))?.ToArray();
}
