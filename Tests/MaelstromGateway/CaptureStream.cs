using System.Text;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>An output that keeps what is written, and can be made to stall or to break.</summary>
internal sealed class CaptureStream : Stream
{
    private readonly MemoryStream _written = new();
    private readonly ManualResetEventSlim _flowing = new(true);
    private volatile bool _isBroken;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    internal string Text
    {
        get
        {
            lock (_written)
                return Encoding.UTF8.GetString(_written.ToArray());
        }
    }

    internal string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    internal void Stall() => _flowing.Reset();

    internal void Flow() => _flowing.Set();

    internal void Break() => _isBroken = true;

    public override void Write(byte[] buffer, int offset, int count)
    {
        _flowing.Wait();
        if (_isBroken)
            throw new IOException("Broken pipe");

        lock (_written)
            _written.Write(buffer, offset, count);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _flowing.Dispose();
        _written.Dispose();
        base.Dispose(disposing);
    }
}
