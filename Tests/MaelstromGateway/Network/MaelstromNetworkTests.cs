using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using OrleansShards.MaelstromGateway.Io;
using OrleansShards.MaelstromGateway.Network;
using OrleansShards.MaelstromGateway.Requests;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.MaelstromGateway.Network;

/// <summary>Two networks whose outputs are each other's inputs.</summary>
public sealed class MaelstromNetworkTests : IDisposable
{
    private const int Length = 3_000_000;

    private static readonly string[] Nodes = ["n0", "n1"];

    private readonly OutputQueue[] _outputs = [new(1 << 26), new(1 << 26)];
    private readonly MaelstromNetwork[] _networks = [new(), new()];
    private readonly IPEndPoint[] _addresses;
    private readonly long[] _received = new long[2];
    private readonly CaptureStream _stalling = new();

    public MaelstromNetworkTests() => _addresses = [_networks[0].Join("n0", Nodes), _networks[1].Join("n1", Nodes)];

    public void Dispose()
    {
        foreach (OutputQueue output in _outputs)
            output.Complete();

        _stalling.Flow();
        _stalling.Dispose();
    }

    [Fact]
    public async Task Connect_BothWrite_BothReadAllAndThenTheEnd()
    {
        (ConnectionContext opened, ConnectionContext accepted) = await ConnectAsync();

        byte[][] read = await Task.WhenAll(
            ReadAsync(opened), ReadAsync(accepted), WriteAsync(opened, seed: 1), WriteAsync(accepted, seed: 2));

        Assert.Equal(ContentOf(2), read[0]);
        Assert.Equal(ContentOf(1), read[1]);
        Assert.Equal((_addresses[1], _addresses[0]), (opened.RemoteEndPoint, accepted.RemoteEndPoint));
    }

    [Fact]
    public async Task Shut_WithAConnectionOpen_BothSidesAreToldAndNoneIsOpenedAnyMore()
    {
        (ConnectionContext opened, ConnectionContext accepted) = await ConnectAsync();

        _networks[1].Shut("stdin has ended");
        // What n0 sends now belongs to no connection of n1's.
        await opened.Transport.Output.WriteAsync(new byte[1], TestContext.Current.CancellationToken);

        await ClosedAsync(accepted);
        ConnectionResetException refused = await Assert.ThrowsAsync<ConnectionResetException>(
            () => _networks[1].ConnectAsync(_addresses[0], CancellationToken.None));
        Assert.Equal("stdin has ended", refused.Message);
    }

    [Fact]
    public async Task Connect_ToNobody_IsRefusedInWords()
    {
        ConnectionResetException other = await Assert.ThrowsAsync<ConnectionResetException>(
            () => _networks[0].ConnectAsync(new IPEndPoint(IPAddress.Loopback, 1), CancellationToken.None));
        Assert.Contains("expected --network maelstrom for all its gateways", other.Message, StringComparison.Ordinal);

        await Assert.ThrowsAsync<ConnectionResetException>(() => _networks[0].ConnectAsync(_addresses[0], CancellationToken.None));
    }

    [Fact]
    public async Task Output_NobodyTakes_NoMoreThanALittleWaitsThere_AndReadingDoesNotWait()
    {
        (ConnectionContext opened, ConnectionContext accepted) = await ConnectAsync(_stalling);
        _stalling.Stall();
        Task<byte[]> writing = WriteAsync(opened, seed: 1);
        Task<byte[]> answering = WriteAsync(accepted, seed: 2);
        Task<byte[]> reading = ReadAsync(opened);
        // What n1 sends before it needs an acknowledgement arrives, although n0 cannot send one.
        await Condition.HoldsAsync(
            () => Interlocked.Read(ref _received[0]) > 256 * 1024,
            () => $"bytes of n1's at n0, whose output is stuck; {_received[0]}");
        Assert.InRange(_outputs[0].PendingBytes, 1, 512 * 1024);

        _stalling.Flow();
        Assert.Equal(ContentOf(2), await Condition.EndsAsync(reading, "all of n1's bytes at n0"));
        Assert.Equal(ContentOf(1), await Condition.EndsAsync(ReadAsync(accepted), "all of n0's bytes at n1"));
        await Task.WhenAll(writing, answering);
    }

    [Fact]
    public void LineSwitch_RequestsThatWait_HoldUpNoMessageOfTheNetwork_AndBeyondTheLimitAreLost()
    {
        using CaptureStream errors = new();
        using ManualResetEventSlim going = new();
        using ManualResetEventSlim ended = new();
        WaitingSink requests = new(going);
        LineSwitch lines = new(_networks[0], requests, countMax: 3, bytesMax: 1000, new GatewayLog(errors, LogLevel.Warning), ended.Set);
        lines.Start();
        lines.OnLine("request"u8.ToArray());
        Condition.Holds(() => requests.Begun == 1, () => "the first request is taken");

        for (int number = 0; number < 5; number++)
        {
            lines.OnLine("request"u8.ToArray());
            lines.OnLine("""{"src":"n1","dest":"n0","body":{"type":"orleans","from":"a"}}"""u8.ToArray());
            lines.OnPause();
        }

        lines.Stop();
        going.Set();
        Assert.True(ended.Wait(Condition.Limit, TestContext.Current.CancellationToken));
        Assert.Equal(4, requests.Begun);
        Assert.Single(errors.Lines, static line => line.Contains("requests are lost: 3 of them", StringComparison.Ordinal));
    }

    private async Task<(ConnectionContext Opened, ConnectionContext Accepted)> ConnectAsync(CaptureStream? stalling = null)
    {
        Pump(0, stalling);
        Pump(1, stalling: null);
        NetworkListener listener = _networks[1].Listen(_addresses[1]);
        Task<ConnectionContext?> accepting = listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask();
        ConnectionContext opened = await Condition.EndsAsync(
            _networks[0].ConnectAsync(_addresses[1], CancellationToken.None), "a connection");
        return (opened, (await Condition.EndsAsync(accepting, "its other side"))!);
    }

    /// <summary>What one writes is what the other reads, on the writer's thread; it may be stalled on the way.</summary>
    private void Pump(int from, CaptureStream? stalling)
    {
        MaelstromNetwork other = _networks[1 - from];
        FeedStream between = new();
        LineReader lines = new(between, 1 << 20, new ToNetwork(other, bytes => Interlocked.Add(ref _received[1 - from], bytes)));
        Begin(() =>
        {
            while (lines.Read())
                lines.Deliver();
        });
        Begin(() => _outputs[from].WriteTo(new TeeStream(between, stalling), static _ => { }));
        _networks[from].Attach(_outputs[from]);
    }

    private static void Begin(Action work)
    {
        Thread thread = new(work.Invoke);
        thread.IsBackground = true;
        thread.Start();
    }

    private static byte[] ContentOf(int seed)
    {
        byte[] content = new byte[Length];
        new Random(seed).NextBytes(content);
        return content;
    }

    private static async Task<byte[]> WriteAsync(ConnectionContext connection, int seed)
    {
        await connection.Transport.Output.WriteAsync(ContentOf(seed), TestContext.Current.CancellationToken);
        await connection.Transport.Output.CompleteAsync();
        return [];
    }

    private static async Task<byte[]> ReadAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        MemoryStream all = new();
        while (true)
        {
            ReadResult read = await input.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Condition.Limit);
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
                all.Write(piece.Span);

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || all.Length == Length)
                return all.ToArray();
        }
    }

    private static Task ClosedAsync(ConnectionContext connection)
    {
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionClosed.Register(closed.SetResult);
        return Condition.EndsAsync(closed.Task, "the end of the connection");
    }

    private sealed class ToNetwork(MaelstromNetwork network, Action<int> count) : ILineSink
    {
        public void OnLine(ReadOnlyMemory<byte> line)
        {
            Assert.True(network.TryReceive(line));
            count(line.Length);
        }

        public void OnTooLong(ReadOnlySpan<byte> beginning) => Assert.Fail("a line is too long");

        public void OnPause() => network.Flush();
    }

    private sealed class WaitingSink(ManualResetEventSlim going) : ILineSink
    {
        private int _begun;

        internal int Begun => Volatile.Read(ref _begun);

        public void OnLine(ReadOnlyMemory<byte> line)
        {
            Interlocked.Increment(ref _begun);
            going.Wait();
        }

        public void OnTooLong(ReadOnlySpan<byte> beginning) => Assert.Fail("no line is too long");

        public void OnPause()
        {
        }
    }

    private sealed class TeeStream(FeedStream to, CaptureStream? stalling) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            stalling?.Write(buffer);
            to.Feed(buffer.ToArray());
        }
    }
}
