using OrleansShards.Core.Bytes;

namespace OrleansShards.Storage;

/// <summary>
/// Which cluster a store belongs to: the first one that opens it leaves its id there, and no other is let in. Otherwise the silos of a
/// second cluster, which know nothing of those of the first, would take the primary's role and the shards from them.
/// </summary>
/// <remarks>
/// The id is the writer in the only record of a log of its own. So every store keeps it, decides between two clusters that come at once,
/// and detects damage to it; and earlier releases overlook it. No node opens that log.
/// </remarks>
internal static class ClusterClaim
{
    private static readonly LogIndex First = new(1);

    internal static LogName Log { get; } = new("cluster");

    /// <summary>Makes sure that the store belongs to this cluster. Writes nothing to one that belongs to another.</summary>
    /// <param name="store">The store.</param>
    /// <param name="clusterId">This cluster's id.</param>
    /// <param name="description">The store's name for people, a sentence's subject.</param>
    /// <exception cref="LogStoreException">It belongs to another cluster, or cannot be read or written.</exception>
    internal static async Task TakeAsync(ILogStore store, string clusterId, string description)
    {
        var holder = await FindAsync(store, description);
        if (holder is null)
        {
            // 1. Two clusters find no id. 2. Both put theirs. 3. One is stored. 4. The other reads whose. The same read settles a put whose
            // outcome is unknown.
            var (record, _) = RecordCodec.Encode(
                LogCursor.Start, RecordKind.TermStart, new Term(1), new WriterId(clusterId, default), digest: null, []);
            var (outcome, reason) = await store.PutAsync(Log, First, record);
            holder = outcome == PutOutcome.Stored
                ? clusterId
                : await FindAsync(store, description)
                    ?? throw new LogStoreException($"{description} has not taken the cluster's id: {reason}");
        }

        if (holder != clusterId)
        {
            throw new LogStoreException(
                $"{description} belongs to the cluster '{holder}'; this is the cluster '{clusterId}'. Nothing was changed. Expected the "
                + "same cluster id (--cluster-id, ClusterOptions.ClusterId), or a store of this cluster's own (--data, --schema).");
        }
    }

    private static async Task<string?> FindAsync(ILogStore store, string description)
    {
        var (records, _) = await store.ReadAsync(Log, First, bytesMax: 0);
        try
        {
            return records is [var record, ..] ? RecordCodec.Decode(LogCursor.Start, opener: null, record).Writer.Node : null;
        }
        catch (CorruptDataException damage)
        {
            throw new LogStoreException(
                $"{description} does not say which cluster it belongs to: log {Log}, {damage.Message}. Nothing was changed. Restore it "
                + "from a copy.",
                damage);
        }
    }
}
