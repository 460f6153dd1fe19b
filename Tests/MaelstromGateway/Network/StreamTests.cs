using OrleansShards.MaelstromGateway.Network;

namespace OrleansShards.Tests.MaelstromGateway.Network;

/// <summary>The streams over links with faults: no gap, no byte twice, nothing of an earlier connection, and an end.</summary>
public sealed class StreamTests
{
    private const int Seeds = 150;
    private const int BytesMax = 1_500_000;
    private const long LimitMs = 240_000;

    [Fact]
    public void Stream_LossDuplicationReorderingAndCuts_ArrivesWholeInOrderAndOnce()
    {
        FeltFaults felt = new();
        int full = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            FaultyLinks links = Links(seed);
            (StreamSide opener, StreamSide acceptor) = Open(links, seed);
            RunToEnd(links, seed, opener, acceptor);
            Assert.True(opener.Content.SequenceEqual(acceptor.Read), $"seed {seed}: what n0 wrote is not what n1 read");
            Assert.True(acceptor.Content.SequenceEqual(opener.Read), $"seed {seed}: what n1 wrote is not what n0 read");
            full += opener.WasFull || acceptor.WasFull ? 1 : 0;
            felt.Add(links.Felt);
        }

        felt.AssertEach(Seeds * 10);
        Assert.True(full > Seeds / 20, $"expected runs in which a window was full, seen {full}");
    }

    [Fact]
    public void Restart_WithWhatIsLeftOfEarlierConnections_NoneIsTakenForAnother()
    {
        FeltFaults felt = new();
        int confirmed = 0;
        int unconfirmed = 0;
        int broken = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            RestartRun run = new(seed);
            run.Run();
            felt.Add(run.Links.Felt);
            confirmed += run.Accepted;
            unconfirmed += run.Unconfirmed;
            broken += run.Broken;
        }

        felt.AssertEach(Seeds);
        Assert.True(
            confirmed > Seeds && unconfirmed > Seeds / 10 && broken > Seeds / 10,
            $"expected many of each: {confirmed} connections accepted, {unconfirmed} late openings, {broken} broken connections");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cut_LongerThanTheSilenceAllowed_BothEndAndNothingIsLeft(bool bothWays)
    {
        FaultyLinks links = Links(0);
        links.Lost = links.Duplicated = 0;
        (StreamSide opener, StreamSide acceptor) = Open(links, 0);
        links.Cut("n0", "n1");
        if (bothWays)
            links.Cut("n1", "n0");

        long sent = links.Sent;
        opener.Stream.Write(new byte[300_000]);
        for (long from = links.Now; links.Now < from + 11_000;)
            links.Tick();

        // One-way, n0 would hear n1 for ever; n1 tells it when it gives up.
        Assert.True(opener.Stream.IsOver && acceptor.Stream.IsOver);
        Assert.Equal(bothWays ? "n1 has been silent for 10 s" : "n1 does not know the connection any more", opener.Stream.Failure);
        Assert.Equal("n0 has been silent for 10 s", acceptor.Stream.Failure);
        Assert.Equal((0, 0), (links["n0"].Count, links["n1"].Count));
        // To a silent peer only the oldest of the segments is repeated.
        Assert.InRange(links.Sent - sent, 10, bothWays ? 120 : 300);
    }

    [Fact]
    public void Reader_TakesNothing_WriterIsStoppedAtTheWindow_AndContinuesWithTheReader()
    {
        FaultyLinks links = Links(1);
        links.Lost = links.Duplicated = 0;
        (StreamSide opener, StreamSide acceptor) = Open(links, 1);
        StreamLimits limits = new();
        int written = 0;
        for (int turn = 0; turn < 5_000; turn++)
        {
            int room = opener.Stream.Room;
            opener.Stream.Write(new byte[room]);
            written += room;
            links.Tick();
        }

        Assert.Equal(limits.ReceiveBytesMax + limits.SendBytesMax, written);
        Assert.False(opener.Stream.IsOver);
        int read = 0;
        long from = links.Now;
        while (read < written)
        {
            if (acceptor.Stream.TryRead(out ReadOnlyMemory<byte> bytes))
            {
                acceptor.Stream.OnConsumed(bytes.Length, links.Now);
                read += bytes.Length;
            }

            links.Tick();
            Assert.True(links.Now < from + 60_000, $"{read} of {written} bytes have come");
        }

        // A few round trips: it is told of the room, and need not ask, which it does after a second.
        Assert.InRange(links.Now - from, 0, 800);
    }

    [Fact]
    public void Idle_ForAMinute_StaysOpenAtAFewMessagesASecond()
    {
        FaultyLinks links = Links(4);
        (StreamSide opener, StreamSide acceptor) = Open(links, 4);
        long sent = links.Sent;
        for (long from = links.Now; links.Now < from + 60_000;)
            links.Tick();

        Assert.True(opener.Stream.IsOpen && acceptor.Stream.IsOpen);
        Assert.InRange(links.Sent - sent, 60, 300);
    }

    [Fact]
    public void Leave_WithBytesUnderWay_TheyArriveAndThenTheEnd()
    {
        FaultyLinks links = Links(2);
        (StreamSide opener, StreamSide acceptor) = Open(links, 2);
        opener.Stream.Write(new byte[1_000]);
        opener.Stream.Leave(links.Now);
        for (int turn = 0; turn < 200; turn++)
            links.Tick();

        Assert.True(acceptor.Stream.TryRead(out ReadOnlyMemory<byte> bytes) && bytes.Length == 1_000 && acceptor.Stream.HasEnded);
        Assert.Equal(0, links["n0"].Count);
    }

    [Fact]
    public void Opening_NobodyListens_IsRefused()
    {
        FaultyLinks links = Links(3);
        links["n1"].IsListening = false;
        StreamConnection opening = links["n0"].Open("n1", links.Now);
        for (int turn = 0; turn < 200; turn++)
            links.Tick();

        Assert.Equal("n1 takes no connections now", opening.Failure);
    }

    [Fact]
    public void Openings_MoreThanAllowedAtOnce_AreIgnored()
    {
        StreamLimits limits = new();
        int ids = 0;
        StreamTable table = new(() => $"a{++ids}", limits) { IsListening = true };
        for (int number = 0; number < 10 * limits.OpeningsMax; number++)
            table.Receive("n0", new Segment { From = $"o{number}" }, now: 0);

        Assert.Equal(limits.OpeningsMax, table.Count);
    }

    /// <summary>Ten per cent are lost and ten duplicated, each in its own time.</summary>
    internal static FaultyLinks Links(int seed)
    {
        FaultyLinks links = new(seed) { Lost = 10, Duplicated = 10, DelayMsMax = 1 + (seed % 5 * 40) };
        links.Start("n0");
        links.Start("n1");
        return links;
    }

    private static (StreamSide Opener, StreamSide Acceptor) Open(FaultyLinks links, int seed)
    {
        StreamConnection opening = links["n0"].Open("n1", links.Now);
        StreamConnection? accepted = null;
        links.Received = (node, stream) => accepted = node == "n1" ? stream : accepted;
        while (accepted is not { IsOpen: true })
        {
            links.Tick();
            Assert.True(links.Now < LimitMs, $"seed {seed}: the connection is not open after {links.Now} ms");
        }

        return (
            new StreamSide(opening, seed, links.Draws.Next(BytesMax)),
            new StreamSide(accepted, seed + 1_000_000, links.Draws.Next(BytesMax)));
    }

    private static void RunToEnd(FaultyLinks links, int seed, StreamSide opener, StreamSide acceptor)
    {
        long nextAt = 0;
        bool isCalm = true;
        while (!(opener.Stream.HasEnded && acceptor.Stream.HasEnded))
        {
            if (links.Now >= nextAt)
            {
                links.Heal();
                isCalm = !isCalm;
                nextAt = links.Now + (isCalm ? links.Draws.Next(1_000, 2_500) : Cut(links));
            }

            links.Tick();
            opener.Act(links.Draws, links.Now);
            acceptor.Act(links.Draws, links.Now);
            Assert.True(
                links.Now < LimitMs && opener.Stream.Failure is null && acceptor.Stream.Failure is null,
                $"seed {seed}, after {links.Now} ms: {opener.Read.Length} and {acceptor.Read.Length} bytes, "
                + $"{opener.Stream.Failure} {acceptor.Stream.Failure}");
        }

        opener.Act(links.Draws, links.Now);
        acceptor.Act(links.Draws, links.Now);
    }

    // Shorter than the silence after which a peer is given up.
    private static int Cut(FaultyLinks links)
    {
        int which = links.Draws.Next(3);
        if (which != 0)
            links.Cut("n0", "n1");

        if (which != 1)
            links.Cut("n1", "n0");

        return links.Draws.Next(100, 3_000);
    }
}
