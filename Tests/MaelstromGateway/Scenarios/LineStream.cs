using System.Text;

namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>An output that hands over each line as it is complete.</summary>
/// <param name="complete">Takes a line.</param>
internal sealed class LineStream(Action<string> complete) : Stream
{
    private readonly MemoryStream _rest = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        ReadOnlySpan<byte> bytes = buffer.AsSpan(offset, count);
        while (bytes.IndexOf((byte)'\n') is >= 0 and int feed)
        {
            _rest.Write(bytes[..feed]);
            complete(Encoding.UTF8.GetString(_rest.ToArray()));
            _rest.SetLength(0);
            bytes = bytes[(feed + 1)..];
        }

        _rest.Write(bytes);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
