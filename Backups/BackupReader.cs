using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using OrleansShards.Core.Bytes;

namespace OrleansShards.Backups;

/// <summary>
/// Reads a backup's file and verifies it on the way: every frame, the order of the parts, the digest of every shard, and in the end that of
/// the file. Holds one part in memory. Not thread-safe; leaves the stream open.
/// </summary>
/// <remarks>
/// A part that is returned is undamaged. A shard is whole when its <see cref="BackupPart.ShardEnd"/> is returned, and the backup when its
/// <see cref="BackupPart.End"/> is.
/// </remarks>
public sealed class BackupReader(Stream file, IProgress<BackupProgress>? progress = null) : IDisposable
{
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly BackupChecker _checker = new();
    private uint _frames;
    private long _position;

    /// <summary>What the file is; null before its header is read.</summary>
    public BackupPart.Header? Header => _checker.Header;

    /// <summary>Reads all parts. Enumerated once.</summary>
    /// <exception cref="BackupDamageException">The file is no backup, is damaged or cut off, or the silo gave it up.</exception>
    public async IAsyncEnumerable<BackupPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await ReadMagicAsync(cancellationToken);
        BackupPart part;
        do
        {
            part = await ReadPartAsync(cancellationToken);
            progress?.Report(new BackupProgress(_position, _checker.Bytes, _checker.Shards, Header?.Shards ?? 0));
            yield return part;
        }
        while (part is not BackupPart.End);
    }

    /// <inheritdoc />
    public void Dispose() => _digest.Dispose();

    private async Task ReadMagicAsync(CancellationToken stop)
    {
        byte[] head = new byte[BackupFormat.Magic.Length + 1];
        int read = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, stop);
        if (read < head.Length || !head.AsSpan(0, head.Length - 1).SequenceEqual(BackupFormat.Magic))
            throw new BackupDamageException("this is no backup of OrleansShards: it begins with other bytes than one does");

        if (head[^1] != BackupFormat.Version)
        {
            throw new BackupDamageException(
                $"the backup has format {head[^1]}; expected {BackupFormat.Version}, the only one that this release reads");
        }

        _digest.AppendData(head);
        _position = head.Length;
    }

    private async Task<BackupPart> ReadPartAsync(CancellationToken stop)
    {
        byte[] head = new byte[BackupFormat.FrameHeadBytes];
        await FillAsync(head, stop);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(1));
        if (length > BackupFormat.PayloadBytesMax)
            throw Damage($"its length is {length:N0} bytes, where {BackupFormat.PayloadBytesMax:N0} are the most");

        byte[] frame = new byte[head.Length + length + sizeof(uint)];
        head.CopyTo(frame, 0);
        await FillAsync(frame.AsMemory(head.Length), stop);
        ReadOnlyMemory<byte> checkedBytes = frame.AsMemory(0, frame.Length - sizeof(uint));
        uint found = BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(frame.Length - sizeof(uint)));
        uint expected = Crc32C.Append(_frames, checkedBytes.Span);
        if (found != expected)
            throw Damage(string.Create(CultureInfo.InvariantCulture, $"its checksum is {found:x8}, where {expected:x8} was expected"));

        BackupPart part = Decoded(head[0], checkedBytes[head.Length..]);
        await CheckAsync(part, stop);
        _digest.AppendData(frame);
        _frames++;
        _position += frame.Length;
        return part;
    }

    private BackupPart Decoded(byte kind, ReadOnlyMemory<byte> body)
    {
        try
        {
            BackupPart part = PartCodec.Read((FrameKind)kind, BackupFormat.Decompress(body.Span));
            _checker.Take(part);
            return part;
        }
        catch (Exception damage) when (damage is CorruptDataException or OverflowException or ArgumentException)
        {
            throw Damage(damage.Message);
        }
    }

    private async Task CheckAsync(BackupPart part, CancellationToken stop)
    {
        if (part is BackupPart.Failed failed)
            throw new BackupDamageException($"the backup is not whole, because the silo gave it up: {failed.Text}");

        if (part is not BackupPart.End end)
            return;

        if (!end.Digest.Span.SequenceEqual(_digest.GetCurrentHash()))
            throw Damage("its digest is not that of the file before it");

        if (await file.ReadAsync(new byte[1], stop) > 0)
            throw new BackupDamageException($"the backup ends, and more bytes follow behind the end; expected none");
    }

    private async Task FillAsync(Memory<byte> buffer, CancellationToken stop)
    {
        int read = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop);
        if (read < buffer.Length)
        {
            throw new BackupDamageException(
                $"the backup is cut off {_checker.Place}, in frame {_frames} that begins at byte {_position:N0}: expected its end");
        }
    }

    private BackupDamageException Damage(string what) =>
        new($"the backup is damaged {_checker.Place}, in frame {_frames} that begins at byte {_position:N0}: {what}");
}
