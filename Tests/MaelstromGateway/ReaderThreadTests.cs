using Microsoft.Extensions.Logging;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.Tests.MaelstromGateway;

public sealed class ReaderThreadTests : IDisposable
{
    private readonly FeedStream _input = new();
    private readonly CaptureStream _errors = new();
    private readonly ManualResetEventSlim _ended = new();
    private int _endedCount;

    public void Dispose()
    {
        _input.Dispose();
        _errors.Dispose();
        _ended.Dispose();
    }

    // Seen once in CI as a gateway that stayed although its stdout was gone: the writer's thread stopped the reader
    // between two reads.
    [Fact]
    public void Stop_WhileALineIsHandedOver_EndsIt()
    {
        var sink = new StoppingSink();
        ReaderThread reader = Reader(sink);
        sink.Stop = reader.Stop;
        reader.Start();
        _input.Feed("a line\n");

        Assert.True(_ended.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken),
            "expected within 30 s: that the reader tells of its end");
        Assert.Equal(1, _endedCount);
    }

    [Fact]
    public void Stop_ManyTimesBesideItsInputsEnd_TellsOnce()
    {
        for (int round = 0; round < 500; round++)
        {
            using var input = new FeedStream();
            using var ended = new ManualResetEventSlim();
            int count = 0;
            var reader = new ReaderThread(
                new LineReader(input, 1000, new StoppingSink()),
                new GatewayLog(_errors, LogLevel.Warning),
                () =>
                {
                    Interlocked.Increment(ref count);
                    ended.Set();
                });
            reader.Start();
            input.Feed("a line\n");
            var other = new Thread(reader.Stop);
            other.Start();
            reader.Stop();
            input.End();
            other.Join();

            Assert.True(ended.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken),
                $"expected within 30 s, in round {round}: that the reader tells of its end");
            Assert.Equal(1, Volatile.Read(ref count));
        }
    }

    private ReaderThread Reader(StoppingSink sink) => new(
        new LineReader(_input, 1000, sink),
        new GatewayLog(_errors, LogLevel.Warning),
        () =>
        {
            Interlocked.Increment(ref _endedCount);
            _ended.Set();
        });

    private sealed class StoppingSink : ILineSink
    {
        internal Action Stop { get; set; } = static () => { };

        public void OnLine(ReadOnlyMemory<byte> line) => Stop();

        public void OnTooLong(ReadOnlySpan<byte> beginning)
        {
        }

        public void OnPause()
        {
        }
    }
}
