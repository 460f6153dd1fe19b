using System.Security.Cryptography;
using OrleansShards.Core.Bytes;

namespace OrleansShards.Backups;

/// <summary>
/// Writes a backup's file, part by part; holds one part in memory. Whoever writes keeps to the order of <see cref="BackupPart"/>. Not
/// thread-safe; leaves the stream open.
/// </summary>
public sealed class BackupWriter(Stream file) : IDisposable
{
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ByteWriter _frame = new(64 << 10);
    private readonly ByteWriter _payload = new(64 << 10);
    private uint _frames;

    /// <summary>How many bytes were written.</summary>
    public long Bytes { get; private set; }

    /// <summary>Writes a part and flushes it.</summary>
    public async Task WriteAsync(BackupPart part, CancellationToken cancellationToken = default)
    {
        _frame.Clear();
        if (_frames == 0)
        {
            _frame.Raw(BackupFormat.Magic);
            _frame.Byte(BackupFormat.Version);
        }

        _payload.Clear();
        PartCodec.Write(_payload, part);
        BackupFormat.Write(_frame, _frames, PartCodec.KindOf(part), _payload.Written);
        byte[] bytes = _frame.ToArray();
        await file.WriteAsync(bytes, cancellationToken);
        await file.FlushAsync(cancellationToken);
        _digest.AppendData(bytes);
        _frames++;
        Bytes += bytes.Length;
    }

    /// <summary>Writes the last part: the digest of all bytes so far.</summary>
    public Task EndAsync(CancellationToken cancellationToken = default) =>
        WriteAsync(new BackupPart.End(_digest.GetCurrentHash()), cancellationToken);

    /// <inheritdoc />
    public void Dispose() => _digest.Dispose();
}
