using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

/// <summary>
/// Histories that others have published, and the ones that they made to be told apart. Registers there begin with a
/// value, ours absent: so a write comes first where a source has such a value.
/// </summary>
public sealed class LinearizabilityPublishedTests
{
    private static readonly Operation Zero = Ops.Write(9, "0", -2, -1);

    public static TheoryData<string, bool, Operation[]> OfPapers => new()
    {
        // Herlihy and Wing, TOPLAS 12(3), 1990, the register histories of the first sections; retold, the times are ours.
        // Writes by A and B overlap; B's read sees the one, then A's read has to agree.
        { "H&W: reads agree", true, [Zero, Ops.Write(0, "1", 0, 10), Ops.Read(1, "1", 4, 6), Ops.Read(2, "1", 7, 9)] },
        { "H&W: new, then old", false, [Zero, Ops.Write(0, "1", 0, 10), Ops.Read(1, "1", 2, 4), Ops.Read(2, "0", 5, 7)] },
        { "H&W: old, then new", true, [Zero, Ops.Write(0, "1", 0, 10), Ops.Read(2, "0", 2, 4), Ops.Read(1, "1", 5, 7)] },
        {
            "H&W: a write pending, seen and overwritten", true,
            [Ops.Write(0, "0", 0, 1), Ops.Write(0, "1", 2), Ops.Read(1, "1", 4, 5), Ops.Write(2, "0", 6, 7), Ops.Read(1, "0", 8, 9)]
        },
        {
            "H&W: a write pending, seen too late again", false,
            [Ops.Write(0, "0", 0, 1), Ops.Write(0, "1", 2), Ops.Read(1, "1", 4, 5), Ops.Read(2, "0", 6, 7)]
        },

        // Kingsbury, "Strong consistency models", 2014: a read that is under way while the value changes may find either;
        // once one has found the new value, none that begins later finds the old one.
        { "Kingsbury: read under way, old", true, [Ops.Write(0, "a", 0, 1), Ops.Write(0, "b", 2, 4), Ops.Read(1, "a", 3, 9)] },
        { "Kingsbury: read under way, new", true, [Ops.Write(0, "a", 0, 1), Ops.Write(0, "b", 2, 4), Ops.Read(1, "b", 1, 3)] },
        { "Kingsbury: stale", false, [Ops.Write(0, "a", 0, 1), Ops.Write(0, "b", 2, 4), Ops.Read(1, "a", 5, 6)] },

        // Attiya and Welch, "Sequential Consistency versus Linearizability", TOCS 12(2), 1994: each process' own order is
        // kept, so a sequential order exists, but not one that keeps to real time.
        { "Attiya & Welch: sequential only", false, [Ops.Write(0, "1", 0, 1), Ops.ReadAbsent(1, 2, 3), Ops.Read(1, "1", 4, 5)] },
        {
            "Attiya & Welch: two writers, two orders", false,
            [Ops.Write(0, "1", 0, 5), Ops.Write(1, "2", 0, 5), Ops.Read(2, "1", 6, 7), Ops.Read(3, "2", 6, 7)]
        },

        // Lowe, "Testing for Linearizability", CCPE 29(4), 2017: orders that a search finds only by going back, as the first
        // operation that may come next is the wrong one.
        {
            "Lowe: the later write first", true,
            [Ops.Write(0, "1", 0, 10), Ops.Write(1, "2", 1, 9), Ops.Read(2, "2", 2, 5), Ops.Read(2, "1", 6, 8), Ops.Read(3, "1", 11, 12)]
        },
        {
            "Lowe: all orders fail", false,
            [Ops.Write(0, "1", 0, 10), Ops.Write(1, "2", 1, 9), Ops.Read(2, "2", 2, 5), Ops.Read(2, "1", 6, 8), Ops.Read(3, "2", 11, 12)]
        },
    };

    public static TheoryData<string, bool, Operation[]> OfCheckers => new()
    {
        // Porcupine, porcupine_test.go, TestRegisterModel; from MIT 6.824, 2017, quiz 2, section VII.
        {
            "Porcupine: register, good", true,
            [Zero, Ops.Write(0, "100", 0, 100), Ops.Read(1, "100", 25, 75), Ops.Read(2, "0", 30, 60)]
        },
        {
            "Porcupine: register, bad", false,
            [Zero, Ops.Write(0, "200", 0, 100), Ops.Read(1, "200", 10, 30), Ops.Read(2, "0", 40, 90)]
        },

        // The same, TestZeroDuration: operations that begin and end at one instant.
        {
            "Porcupine: zero duration, good", true,
            [Zero, Ops.Write(0, "100", 0, 100), Ops.Read(1, "100", 25, 75), Ops.Read(2, "0", 30, 30), Ops.Read(3, "0", 30, 30)]
        },
        {
            "Porcupine: zero duration, bad", false,
            [Zero, Ops.Write(0, "200", 0, 100), Ops.Read(1, "200", 10, 10), Ops.Read(2, "200", 10, 10), Ops.Read(3, "0", 40, 90)]
        },

        // Jepsen, "etcd and Consul", 2014: reads answered by a node that is leader no more. These are what is left of two
        // of the recorded runs that Porcupine keeps as test data (jepsen/etcd_000.log and etcd_008.log).
        { "Jepsen: etcd 000, a stale read", false, [Ops.Write(2, "2", 67, 71), Ops.Write(0, "1", 76, 77), Ops.Read(11, "2", 87, 88)] },
        {
            "Jepsen: etcd 008, back to an older value", false,
            [Ops.Write(4, "3", 48), Ops.Write(0, "2", 53, 55), Ops.Read(9, "3", 61, 62), Ops.Read(0, "2", 63, 64)]
        },
        {
            "Jepsen: etcd 006, after a cas", false,
            [Ops.Write(2, "1", 27, 29), Ops.Cas(0, "1", "3", 41, 43), Ops.Write(1, "2", 45, 46), Ops.Read(12, "3", 78, 79)]
        },
    };

    [Theory]
    [MemberData(nameof(OfPapers))]
    [MemberData(nameof(OfCheckers))]
    public void Check_PublishedHistory_HasItsVerdict(string name, bool isGood, Operation[] history)
    {
        Assert.Equal(isGood, BruteForce.IsLinearizable(history));
        LinearizabilityResult result = LinearizabilityChecker.Check(history);
        Assert.True((result.Verdict == LinearizabilityVerdict.Linearizable) == isGood, $"{name}: {result.Verdict}");
    }

    [Fact]
    public void Check_SequentiallyConsistentOverTwoKeys_FailsForEachKeyThatIsStale()
    {
        // Attiya and Welch: two processes write one key each and then do not see the other's write.
        Operation[] history =
        [
            Ops.Write(0, "1", 0, 1).On("x"), Ops.Write(1, "1", 0, 1).On("y"),
            Ops.ReadAbsent(0, 2, 3).On("y"), Ops.ReadAbsent(1, 2, 3).On("x"),
        ];
        Assert.Equal(2, LinearizabilityChecker.Check(history).Violations.Count);
    }
}
