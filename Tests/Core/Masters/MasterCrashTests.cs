using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

/// <summary>A planned change and a requested takeover, with one of the two masters crashing at every step of it.</summary>
public sealed class MasterCrashTests
{
    public static TheoryData<string, string, bool> Everywhere { get; } = new()
    {
        { "switch_over", "n1", true },
        { "switch_over", "n1", false },
        { "switch_over", "n2", true },
        { "switch_over", "n2", false },
        { "trigger_failover", "n1", true },
        { "trigger_failover", "n1", false },
        { "trigger_failover", "n2", true },
        { "trigger_failover", "n2", false },
    };

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void ChangeOfPrimary_CrashAtAnyStep_OneLeadsAndNothingIsLost(string change, string victim, bool arrives)
    {
        int step = 0;
        while (Crashes(++step, change, new MasterName(victim), arrives))
            Assert.True(step < 100, "the change does not come to rest");

        // The guard: puts, reads and messages of the change itself were all among the steps.
        Assert.True(step >= 6, $"only {step} steps");
    }

    /// <summary>One run; false where the victim had fewer steps to go.</summary>
    private static bool Crashes(int step, string change, MasterName victim, bool arrives)
    {
        MasterCluster cluster = Founded();
        ShardOwner owner = cluster.Locate(N1, 0, "g3");
        TestNode run = cluster.Run(victim);
        int sent = 0;
        cluster.Nodes.FateOf = packet =>
        {
            if (packet.From != run || ++sent != step)
                return Fate.Deliver;

            cluster.Crash(victim);
            return arrives ? Fate.Deliver : Fate.Lose;
        };
        TestCall call = change == "switch_over"
            ? cluster.Send(N1, new Switchover(N2))
            : cluster.Send(N2, new TriggerFailover(N1));
        cluster.Advance(1.5);
        bool hasCrashed = sent >= step && !run.IsUp;
        cluster.Heal();
        cluster.Start(victim);
        cluster.Advance(3);
        AssertSound(cluster, call.Reply, owner, $"{change}, {victim} crashes at its step {step}");
        return hasCrashed;
    }

    private static void AssertSound(MasterCluster cluster, Message? reply, ShardOwner owner, string where)
    {
        MasterName[] leaders = [.. new[] { N1, N2 }.Where(master => cluster.Node(master).Role == LogRole.Leading)];
        Assert.True(leaders.Length == 1, $"{where}: {leaders.Length} lead");
        Assert.Equal(owner, cluster.Locate(leaders[0], 0));
        cluster.Advance(0.1);
        Assert.Equal(cluster.Node(N1).Applied, cluster.Node(N2).Applied);
        Assert.Equal(cluster.Node(N1).State.Digest, cluster.Node(N2).State.Digest);
        Assert.True(cluster.Node(N1).State.Primary == leaders[0], $"{where}: the log does not say who leads");
        Assert.True(cluster.Node(N1).State.Takeovers.Count(static taken => taken.ChangesPrimary) <= 1, $"{where}: more than one takeover");
        MasterName? told = reply switch
        {
            SwitchoverReply done => done.Primary,
            FailoverReply done => done.NewPrimary,
            MasterRefusal => N1,
            _ => null,
        };
        Assert.True(told is null || told == leaders[0], $"{where}: the caller was told {told}, {leaders[0]} leads");
    }
}
