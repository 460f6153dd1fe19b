using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.TestHost;

/// <summary>A store in memory that answers at once; what is to go wrong is decided by the cluster that delivers to it.</summary>
public sealed class TestStore
{
    private readonly Dictionary<LogName, Image> _logs = [];

    /// <summary>The records of a log that are there now, by number.</summary>
    public IReadOnlyDictionary<LogIndex, ReadOnlyMemory<byte>> Records(LogName log) => Of(log).Records;

    /// <summary>Whether a checkpoint of the log was ever published.</summary>
    public bool HasCheckpoint(LogName log) => Of(log).Manifest is not null;

    /// <summary>Damages the number of the newest checkpoint that reads tell of: it has no manifest.</summary>
    public void ClaimCheckpoint(LogName log, LogIndex index) => Of(log).Newest = index;

    /// <summary>Loses one chunk of every checkpoint of the log.</summary>
    public void LoseChunk(LogName log, int number) => Of(log).LoseChunk(number);

    public StoreCompletion Execute(StoreRequest request)
    {
        Image log = Of(request.Log);
        return request switch
        {
            StoreRequest.Put put => new StoreCompletion.Put(
                put.Op, log.Records.TryAdd(put.Index, put.Record) ? PutOutcome.Stored : PutOutcome.Occupied),
            StoreRequest.Read read => new StoreCompletion.Read(read.Op, log.From(read.From, read.BytesMax), log.Newest),
            StoreRequest.Probe probe => new StoreCompletion.Probe(probe.Op, log.Records.ContainsKey(probe.Index)),
            StoreRequest.Drop drop => log.Drop(drop),
            StoreRequest.PutChunk put => log.Put(put),
            StoreRequest.Publish publish => new StoreCompletion.Published(publish.Op, log.Publish(publish)),
            StoreRequest.ReadManifest read => new StoreCompletion.Manifest(read.Op, log.Manifest),
            StoreRequest.ReadChunk read => new StoreCompletion.Chunk(read.Op, log.Chunk(read.Checkpoint, read.Number)),
            _ => throw new ArgumentException(request.GetType().Name, nameof(request)),
        };
    }

    private Image Of(LogName log)
    {
        if (!_logs.TryGetValue(log, out Image? image))
            _logs.Add(log, image = new Image());

        return image;
    }

    private sealed class Image
    {
        internal SortedDictionary<LogIndex, ReadOnlyMemory<byte>> Records { get; } = [];

        private Dictionary<(CheckpointId, int), ReadOnlyMemory<byte>> Chunks { get; } = [];

        internal LogIndex Newest { get; set; }

        internal ReadOnlyMemory<byte>? Manifest { get; private set; }

        internal List<StoredRecord> From(LogIndex from, int bytesMax)
        {
            List<StoredRecord> found = [];
            int bytes = 0;
            foreach ((LogIndex index, ReadOnlyMemory<byte> record) in Records)
            {
                if (index >= from && (bytes == 0 || bytes + record.Length <= bytesMax))
                {
                    found.Add(new StoredRecord(index, record));
                    bytes += record.Length;
                }
            }

            return found;
        }

        internal StoreCompletion.Done Drop(StoreRequest.Drop drop)
        {
            foreach (LogIndex index in Records.Keys.Where(index => index <= drop.UpTo).Except(drop.Keep).ToArray())
                Records.Remove(index);

            return new StoreCompletion.Done(drop.Op);
        }

        internal ReadOnlyMemory<byte>? Chunk(CheckpointId checkpoint, int number) =>
            Chunks.TryGetValue((checkpoint, number), out ReadOnlyMemory<byte> chunk) ? chunk : default(ReadOnlyMemory<byte>?);

        internal void LoseChunk(int number)
        {
            foreach ((CheckpointId, int) chunk in Chunks.Keys.Where(chunk => chunk.Item2 == number).ToArray())
                Chunks.Remove(chunk);
        }

        internal StoreCompletion.Done Put(StoreRequest.PutChunk put)
        {
            Chunks[(put.Checkpoint, put.Number)] = put.Chunk.ToArray();
            return new StoreCompletion.Done(put.Op);
        }

        internal bool Publish(StoreRequest.Publish publish)
        {
            if (Manifest is not null && publish.Checkpoint.Index <= Newest)
                return false;

            Newest = publish.Checkpoint.Index;
            Manifest = publish.Manifest;
            return true;
        }
    }
}
