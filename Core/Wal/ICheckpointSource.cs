using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Wal;

/// <summary>A frozen view of a state, handed out chunk by chunk. Disposed of when it is not needed any more.</summary>
public interface ICheckpointSource : IDisposable
{
    /// <summary>Writes the next chunk: about <paramref name="bytesTarget"/> bytes, one item more at most.</summary>
    /// <returns>Whether more follows; an empty state still is one chunk.</returns>
    bool WriteNext(ByteWriter chunk, int bytesTarget);
}
