using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OrleansShards.Tests.Processes;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Partitions;

/// <summary>That each fault does to packets what it says, to no others, and ends; seen by datagrams, which nothing repairs.</summary>
public sealed class NetworkLabTests
{
    private const int Sent = 300;
    private const int Port = 7;
    private const string SlowRate = "1mbit";

    private static readonly Link There = new("a", "b");

    [Fact]
    public async Task Cut_OneWay_DropsAllThereAndNothingBack()
    {
        using NetworkLab lab = NetworkLab.Make("a", "b");
        LinkFaults faults = new(lab);
        faults.Apply(SlowRate, new LinkFault(LinkFaultKind.Cut, [There]));

        using Flow cut = new(lab["a"], lab["b"]);
        using Flow back = new(lab["b"], lab["a"]);
        cut.Send(Sent);
        back.Send(Sent);

        await Condition.HoldsAsync(() => faults.Counts().Values.Sum() == Sent, () => $"{Sent} dropped; {Text(faults)}");
        Assert.Equal((LinkFaultKind.Cut, There), faults.Counts().Single().Key);
        Assert.Equal(Sent, await back.ReceiveAsync(Sent));
        Assert.Equal(0, cut.Available);
        faults.Heal();
        cut.Send(Sent);
        Assert.Equal(Sent, await cut.ReceiveAsync(Sent));
    }

    [Fact]
    public async Task Loss_AShareIsDropped_AndTheRestArrives()
    {
        using NetworkLab lab = NetworkLab.Make("a", "b");
        LinkFaults faults = new(lab);
        faults.Apply(SlowRate, new LinkFault(LinkFaultKind.Loss, [There]));

        using Flow flow = new(lab["a"], lab["b"]);
        flow.Send(Sent);

        long lost = faults.Counts().Values.Sum();
        Assert.InRange(lost, 1, Sent - 1);
        Assert.Equal(Sent - lost, await flow.ReceiveAsync((int)(Sent - lost)));
    }

    [Fact]
    public async Task Duplication_AShareArrivesTwice()
    {
        using NetworkLab lab = NetworkLab.Make("a", "b");
        LinkFaults faults = new(lab);
        faults.Apply(SlowRate, new LinkFault(LinkFaultKind.Duplication, [There]));

        using Flow flow = new(lab["a"], lab["b"]);
        flow.Send(Sent);

        long doubled = faults.Counts().Values.Sum();
        Assert.InRange(doubled, 1, Sent - 1);
        Assert.Equal(Sent + doubled, await flow.ReceiveAsync((int)(Sent + doubled)));
        Assert.Equal(Sent, flow.Seen.Distinct().Count());
    }

    [Fact]
    public async Task Reordering_AShareIsOvertaken_AndNothingIsLost()
    {
        using NetworkLab lab = NetworkLab.Make("a", "b");
        LinkFaults faults = new(lab);
        faults.Apply(SlowRate, new LinkFault(LinkFaultKind.Reordering, [There]));

        using Flow flow = new(lab["a"], lab["b"]);
        flow.Send(Sent);

        Assert.Equal(Sent, await flow.ReceiveAsync(Sent));
        Assert.NotEqual(flow.Seen.Order(), flow.Seen);
        Assert.InRange(faults.Counts().Values.Sum(), 1, Sent - 1);
    }

    [Fact]
    public async Task Slowness_AllWait_InTheirOrder()
    {
        using NetworkLab lab = NetworkLab.Make("a", "b");
        LinkFaults faults = new(lab);
        long before = faults.Waited("b");
        faults.Apply(SlowRate, new LinkFault(LinkFaultKind.Slowness, [There]));

        using Flow flow = new(lab["a"], lab["b"]);
        flow.Send(Sent);

        Assert.Equal(Sent, await flow.ReceiveAsync(Sent));
        Assert.Equal(flow.Seen.Order(), flow.Seen);
        Assert.True(faults.Waited("b") > before, "nothing had to wait on a slow way");
    }

    [Fact]
    public void Make_AfterARunThatWasKilled_RemovesWhatItLeft()
    {
        NetworkTools.SkipWhereMissing();
        using var gone = Process.Start("true");
        gone.WaitForExit();
        string left = string.Create(CultureInfo.InvariantCulture, $"orleansshards-lab-{gone.Id}-1-1-n1");
        NetworkTools.Run("ip", "netns", "add", left);
        using var within = Process.Start("ip", ["netns", "exec", left, "sleep", "600"]);

        using (NetworkLab lab = NetworkLab.Make("a"))
        {
            Assert.True(within.WaitForExit(Condition.Limit), "what ran in the namespace was to be ended");
            string[] spaces = NetworkTools.Run("ip", "netns", "list").Split('\n');
            Assert.DoesNotContain(spaces, space => space.StartsWith(left, StringComparison.Ordinal));
            Assert.Contains(spaces, space => space.StartsWith(lab.Switch, StringComparison.Ordinal));
        }

        Assert.DoesNotContain($"-lab-{Environment.ProcessId}-", NetworkTools.Run("ip", "netns", "list"), StringComparison.Ordinal);
    }

    private static string Text(LinkFaults faults) => string.Join(", ", faults.Counts());

    /// <summary>Numbered datagrams from one node to another.</summary>
    private sealed class Flow : IDisposable
    {
        private readonly Socket _from;
        private readonly Socket _to;
        private readonly IPEndPoint _end;
        private readonly List<int> _seen = [];

        internal Flow(NetworkNode from, NetworkNode to)
        {
            _end = new IPEndPoint(to.Address, Port);
            _from = from.Open(SocketType.Dgram, ProtocolType.Udp);
            _to = to.Open(SocketType.Dgram, ProtocolType.Udp);
            _to.ReceiveBufferSize = 1 << 22;
            _to.Bind(_end);
        }

        /// <summary>The numbers that have arrived, as they came.</summary>
        internal IReadOnlyList<int> Seen => _seen;

        internal int Available => _to.Available;

        internal void Send(int count)
        {
            byte[] bytes = new byte[200];
            for (int number = 0; number < count; number++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
                _from.SendTo(bytes, _end);
            }
        }

        /// <summary>Takes so many; how many there were.</summary>
        internal async Task<int> ReceiveAsync(int count)
        {
            byte[] bytes = new byte[200];
            while (_seen.Count < count)
            {
                await Condition.EndsAsync(_to.ReceiveAsync(bytes), $"{count} datagrams; {_seen.Count} came");
                _seen.Add(BinaryPrimitives.ReadInt32LittleEndian(bytes));
            }

            return _seen.Count + (_to.Available > 0 ? 1 : 0);
        }

        public void Dispose()
        {
            _from.Dispose();
            _to.Dispose();
        }
    }
}
