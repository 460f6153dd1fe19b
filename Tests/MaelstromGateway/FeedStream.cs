using System.Collections.Concurrent;
using System.Text;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>An input that a test feeds piece by piece: a read waits for a piece, and answers it or a part of
/// it.</summary>
internal sealed class FeedStream : Stream
{
    private readonly BlockingCollection<byte[]> _pieces = [];
    private byte[] _rest = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    internal void Feed(string text) => Feed(Encoding.UTF8.GetBytes(text));

    internal void Feed(byte[] piece) => _pieces.Add(piece);

    internal void End() => _pieces.CompleteAdding();

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_rest.Length == 0 && !_pieces.TryTake(out _rest!, Timeout.Infinite))
        {
            _rest = [];
            return 0;
        }

        int taken = Math.Min(count, _rest.Length);
        _rest.AsSpan(0, taken).CopyTo(buffer.AsSpan(offset));
        _rest = _rest[taken..];
        return taken;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
