using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

public sealed class AcknowledgedWritesCheckerTests
{
    public static TheoryData<string, string?, Operation[]> Fine => new()
    {
        { "nothing written", null, [] },
        { "the last", "b", [Ops.Write(0, "a", 0, 1), Ops.Write(0, "b", 2, 3)] },
        { "either of two at once", "a", [Ops.Write(0, "a", 0, 5), Ops.Write(1, "b", 5, 9)] },
        { "an unknown one, late", "a", [Ops.Write(0, "a", 0), Ops.Write(1, "b", 5, 9)] },
        { "an unknown one, never", "b", [Ops.Write(0, "a", 0), Ops.Write(1, "b", 5, 9)] },
        { "nothing but unknown ones", null, [Ops.Write(0, "a", 0)] },
        { "deleted", null, [Ops.Write(0, "a", 0, 1), Ops.Delete(1, 2, 3)] },
        { "deleted by an unknown one", null, [Ops.Delete(1, 0), Ops.Write(0, "a", 2, 3)] },
        { "an unknown later one", "a", [Ops.Write(0, "a", 0, 1), Ops.Write(1, "b", 2), Ops.Delete(2, 3)] },
        { "a failed cas", "a", [Ops.Write(0, "a", 0, 1), Ops.CasDiffers(1, "x", "b", "a", 2, 3)] },
        { "a cas", "b", [Ops.Write(0, "a", 0, 1), Ops.Cas(1, "a", "b", 2, 3)] },
        { "two cas to the same value", "a", [Ops.Write(0, "a", 0, 1), Ops.Cas(1, "a", "a", 2, 3), Ops.Cas(2, "a", "a", 2, 3)] },
        { "a delete that found nothing", "a", [Ops.Write(0, "a", 0, 1), Ops.DeleteAbsent(1, 2, 3)] },
    };

    public static TheoryData<string, string?, Operation[]> Lost => new()
    {
        { "but later there was", "a", [Ops.Write(0, "a", 0, 1), Ops.Write(1, "b", 2, 3)] },
        { "but later there was", "a", [Ops.Write(0, "a", 0, 1), Ops.Delete(1, 2, 3)] },
        { "but later there was", null, [Ops.Write(0, "a", 0, 1), Ops.Delete(1, 2, 3), Ops.Write(0, "b", 4, 5)] },
        { "nobody deleted", null, [Ops.Write(0, "a", 0, 1)] },
        { "nobody deleted", null, [Ops.Write(0, "a", 0, 1), Ops.DeleteAbsent(1, 2, 3)] },
        { "nobody wrote", "z", [Ops.Write(0, "a", 0, 1)] },
        { "nobody wrote", "b", [Ops.Write(0, "a", 0, 1), Ops.CasDiffers(1, "x", "b", "a", 2, 3)] },
        { "but later there was", "a", [Ops.Write(0, "a", 0, 9), Ops.Cas(1, "a", "b", 1, 2)] },
        { "but later there was", "a", [Ops.Write(0, "a", 0), Ops.Cas(1, "a", "b", 1, 2)] },
    };

    [Theory]
    [MemberData(nameof(Fine))]
    public void Check_FinalValueThatMayBeTheLast_IsFine(string name, string? final, Operation[] operations)
    {
        Assert.NotEmpty(name);
        Assert.Empty(Check(final, operations));
    }

    [Theory]
    [MemberData(nameof(Lost))]
    public void Check_FinalValueThatCannotBe_IsTold(string what, string? final, Operation[] operations)
    {
        Violation violation = Assert.Single(Check(final, operations));
        Assert.Equal("acknowledged-writes", violation.Rule);
        Assert.Contains(what, violation.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OtherKeys_DoNotMatter() =>
        Assert.Empty(Check("a", Ops.Write(0, "a", 0, 1), Ops.Write(0, "b", 2, 3).On("y")));

    [Fact]
    public void Check_RunsOfAnAtomicStore_AreFineAndOftenNotWithAnOlderValue()
    {
        int told = 0;
        for (int seed = 0; seed < 150; seed++)
        {
            // Whoever reads when all is over reads what is final: a process of its own, after all the others.
            IReadOnlyList<Operation> history = AtomicRun.History(seed, new(40, 4, OpenPerMille: 30));
            string?[] written = [.. history.Where(o => o.IsAcknowledgedChange).Select(o => o.Value)];
            HashSet<string?> possible = [.. written.Where(value => IsPossibleEnd(history, value))];
            foreach (string? value in written)
            {
                bool isTold = AcknowledgedWritesChecker.Check(history, Final("k0", value)).Count > 0;
                Assert.False(isTold && possible.Contains(value), $"seed {seed}: {value}");
                told += isTold ? 1 : 0;
            }
        }

        Assert.True(told > 1500, $"only {told}");
    }

    private static bool IsPossibleEnd(IReadOnlyList<Operation> history, string? value)
    {
        long end = history.Max(operation => operation.ReturnedAt ?? operation.InvokedAt) + 1;
        Operation last = value is null ? Ops.ReadAbsent(99, end, end + 1) : Ops.Read(99, value, end, end + 1);
        return LinearizabilityChecker.Check([.. history, last.On("k0")]).Verdict == LinearizabilityVerdict.Linearizable;
    }

    private static IReadOnlyList<Violation> Check(string? final, params Operation[] operations) =>
        AcknowledgedWritesChecker.Check(operations, Final(Ops.Key, final));

    private static Dictionary<string, string?> Final(string key, string? value) => new() { [key] = value };
}
