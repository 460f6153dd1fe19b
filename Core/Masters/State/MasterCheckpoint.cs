using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>The masters' state as it was, in chunks. It is small: encoding it whole is the freezing.</summary>
internal sealed class MasterCheckpoint(byte[] state) : ICheckpointSource
{
    private int _written;

    /// <inheritdoc />
    public bool WriteNext(ByteWriter chunk, int bytesTarget)
    {
        int count = Math.Min(Math.Max(bytesTarget, 1), state.Length - _written);
        chunk.Raw(state.AsSpan(_written, count));
        _written += count;
        return _written < state.Length;
    }

    /// <inheritdoc />
    public void Dispose()
    {
    }
}
