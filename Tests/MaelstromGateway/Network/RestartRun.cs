using OrleansShards.MaelstromGateway.Network;

namespace OrleansShards.Tests.MaelstromGateway.Network;

/// <summary>
/// A minute in which n0 opens one connection after the other, n1 accepts them, both write, leave and are restarted at any time, and some
/// messages come so late that both processes may have been replaced. Each accepted connection belongs to one opened one and no other: what
/// it reads is the beginning of what that one wrote.
/// </summary>
internal sealed class RestartRun
{
    private const long LengthMs = 60_000;
    private const int BytesMax = 50_000;

    private readonly int _seed;
    private readonly List<StreamSide> _opened = [];
    private readonly List<StreamSide> _accepted = [];
    private readonly HashSet<StreamConnection> _known = [];

    internal RestartRun(int seed)
    {
        _seed = seed;
        Links = StreamTests.Links(seed);
        Links.Stale = 100;
        Links.Received = OnReceived;
    }

    internal FaultyLinks Links { get; }

    internal int Accepted => _accepted.Count;

    /// <summary>Connections that were made for an opening, and never confirmed: most openings were late.</summary>
    internal int Unconfirmed { get; private set; }

    internal int Broken => _opened.Count(static side => side.Stream.Failure is not null);

    internal void Run()
    {
        HashSet<StreamConnection> unconfirmed = [];
        while (Links.Now < LengthMs)
        {
            Links.Tick();
            Turn();
            foreach (StreamSide side in _opened.Concat(_accepted).Where(static side => !side.Stream.IsOver))
                side.Act(Links.Draws, Links.Now);

            Unconfirmed = Math.Max(Unconfirmed, Links["n1"].Count - _accepted.Count(static side => !side.Stream.IsOver));
        }

        Check();
    }

    private void Turn()
    {
        switch (Links.Draws.Next(4_000))
        {
            case < 40:
                StreamConnection opening = Links["n0"].Open("n1", Links.Now);
                _opened.Add(new StreamSide(opening, (_seed * 10_000) + _opened.Count, Links.Draws.Next(BytesMax)));
                break;
            case < 60 when _opened.Count > 0:
                _opened[Links.Draws.Next(_opened.Count)].Stream.Leave(Links.Now);
                break;
            case < 80 when _accepted.Count > 0:
                _accepted[Links.Draws.Next(_accepted.Count)].Stream.Leave(Links.Now);
                break;
            case < 84:
                Restart(Links.Draws.Next(2) == 0 ? "n0" : "n1");
                break;
            case < 90:
                Links.Cut("n0", "n1");
                break;
            case < 120:
                Links.Heal();
                break;
            default:
                break;
        }
    }

    private void Restart(string node)
    {
        // What the process before has is gone with it.
        foreach (StreamSide side in node == "n0" ? _opened : _accepted)
            side.Stream.Fail("restarted");

        Links.Start(node);
    }

    private void OnReceived(string node, StreamConnection stream)
    {
        if (node == "n1" && stream.IsOpen && _known.Add(stream))
            _accepted.Add(new StreamSide(stream, (_seed * 10_000) + 5_000 + _accepted.Count, Links.Draws.Next(BytesMax)));
    }

    private void Check()
    {
        foreach (StreamSide accepted in _accepted)
        {
            StreamSide opener = Assert.Single(_opened, opened => opened.Stream.Id == accepted.Stream.RemoteId);
            Assert.True(
                opener.Content.StartsWith(accepted.Read), $"seed {_seed}: n1 read {accepted.Read.Length} bytes that n0 has not written so");
            Assert.True(
                accepted.Content.StartsWith(opener.Read), $"seed {_seed}: n0 read {opener.Read.Length} bytes that n1 has not written so");
        }

        Assert.Equal(_accepted.Count, _accepted.Select(static side => side.Stream.RemoteId).Distinct().Count());
    }
}
