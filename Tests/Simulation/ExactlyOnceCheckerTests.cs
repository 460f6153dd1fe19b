using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

public sealed class ExactlyOnceCheckerTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("done done", 2, 0)]
    [InlineData("done done", 1, 1)]
    [InlineData("done done", 3, 1)]
    [InlineData("done unknown unknown", 1, 0)]
    [InlineData("done unknown unknown", 3, 0)]
    [InlineData("done unknown unknown", 0, 1)]
    [InlineData("done unknown unknown", 4, 1)]
    [InlineData("done refused", 2, 1)]
    [InlineData("refused", 0, 0)]
    public void Check_OutcomesAlone_BoundTheFinalValue(string outcomes, long final, int violations)
    {
        Increment[] increments = [.. outcomes.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select((outcome, process) => new Increment(process, Enum.Parse<ChangeOutcome>(outcome, ignoreCase: true)))];
        IReadOnlyList<Violation> found = ExactlyOnceChecker.Check("c", increments, final);
        Assert.Equal(violations, found.Count);
        Assert.All(found, violation => Assert.Equal("exactly-once", violation.Rule));
    }

    [Fact]
    public void Check_StepsThatAddUp_AreFine()
    {
        // The step from 1 was tried by two: one timed out in vain, the other was acknowledged. From 2 nobody knows who.
        Increment[] increments = [Done(0, 0), Unknown(1, 1), Done(2, 1), Unknown(1, 2), Unknown(0, 2), Refused(0, 1)];
        Assert.Empty(ExactlyOnceChecker.Check("c", increments, 3));
        Assert.Empty(ExactlyOnceChecker.Check("c", increments, 2));
    }

    [Fact]
    public void Check_StepAcknowledgedTwice_IsTold()
    {
        // A lost step hides behind an unknown one in the sum: 2 done, 1 unknown, final 2.
        Increment[] increments = [Done(0, 0), Done(1, 0), Unknown(2, 1)];
        Violation violation = Assert.Single(ExactlyOnceChecker.Check("c", increments, 2));
        Assert.Contains("from 0 was acknowledged 2 times, to p0, p1", violation.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_StepNobodyTried_IsTold()
    {
        Increment[] increments = [Done(0, 0), Unknown(1, 0), Done(0, 2)];
        Violation violation = Assert.Single(ExactlyOnceChecker.Check("c", increments, 3));
        Assert.Contains("nobody can have made the step from 1", violation.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AcknowledgedStepBeyondTheEnd_IsTold()
    {
        Increment[] increments = [Unknown(0, 0), Done(1, 1)];
        Violation violation = Assert.Single(ExactlyOnceChecker.Check("c", increments, 1));
        Assert.Contains("p1's step from 1 was acknowledged", violation.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OperationsOfAHistory_AreItsIncrements()
    {
        Operation[] history =
        [
            Ops.CasOrCreate(0, "0", "1", 0, 1), Ops.CasDiffers(1, "0", "1", "1", 0, 2), Ops.Cas(1, "1", "2", 3),
            Ops.Read(0, "1", 4, 5), Ops.Write(0, "x", 0, 1).On("other"),
        ];
        Assert.Empty(ExactlyOnceChecker.Check(Ops.Key, history, "1"));
        Assert.Empty(ExactlyOnceChecker.Check(Ops.Key, history, "2"));
        Assert.NotEmpty(ExactlyOnceChecker.Check(Ops.Key, history, "3"));
        Assert.NotEmpty(ExactlyOnceChecker.Check(Ops.Key, history, null));
        Assert.NotEmpty(ExactlyOnceChecker.Check(Ops.Key, history, "one"));
    }

    [Fact]
    public void Check_OperationThatIsNoStep_Throws() => Assert.Throws<ArgumentException>(
        () => ExactlyOnceChecker.Check(Ops.Key, [Ops.Cas(0, "1", "3", 0, 1)], "0"));

    private static Increment Done(int process, long from) => new(process, ChangeOutcome.Done, from);

    private static Increment Unknown(int process, long from) => new(process, ChangeOutcome.Unknown, from);

    private static Increment Refused(int process, long from) => new(process, ChangeOutcome.Refused, from);
}
