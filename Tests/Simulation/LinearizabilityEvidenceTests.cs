using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

public sealed class LinearizabilityEvidenceTests
{
    [Fact]
    public void Check_StaleReadInALongHistory_ShowsTheWriteTheOverwriteAndTheRead()
    {
        Operation[] before = [.. Enumerable.Range(0, 100).SelectMany(index => new[]
        {
            Ops.Write(index % 3, $"old {index}", 10 * index, (10 * index) + 12),
            Ops.Read(3, $"old {index}", (10 * index) + 13, (10 * index) + 14),
        })];
        // Answers after the stale read are cut off, operations that began after it are not there.
        Operation[] after = [Ops.Write(0, "a", 2000, 2010), Ops.Write(1, "b", 2020, 2030), Ops.Write(2, "c", 2025, 2900),
            Ops.Read(3, "a", 2040, 2050), Ops.Read(3, "c", 2910, 2920)];
        LinearizabilityResult result = LinearizabilityChecker.Check([.. before, .. after]);

        LinearizabilityEvidence evidence = Assert.IsType<LinearizabilityEvidence>(result.Evidence);
        Assert.Equal(LinearizabilityVerdict.NotLinearizable, result.Verdict);
        Assert.Equal(203, evidence.PrefixReturns);
        Assert.Equal(["write a", "write b", "read"], evidence.Operations.Select(OperationText.Request));
        Assert.Equal(evidence.Operations.Take(2), evidence.LongestPartial);
        Assert.Equal(after[3], evidence.Stuck);
        string[] lines = evidence.Text.Split('\n');
        Assert.Equal("key x: its 205 operations have no linearization; those up to the 203. return have none; "
            + "these 3 of them suffice:", lines[0]);
        Assert.Equal("  p0  write a  done     |-|            2000..2010", lines[1]);
        Assert.Equal("  p1  write b  done         |-|        2020..2030", lines[2]);
        Assert.Equal("  p3  read     found a          |-|    2040..2050", lines[3]);
        Assert.Equal("longest order found: p0 write a -> done; p1 write b -> done", lines[4]);
        Assert.Equal("next would have to come, where the key is b: p3 read -> found a", lines[5]);
        Assert.Equal([new Violation("linearizable", evidence.Text)], result.Violations);
    }

    [Fact]
    public void Check_CasOfAnOldValue_ShowsTheWriteOfItToo()
    {
        Operation[] history = [Ops.Write(0, "a", 0, 1), Ops.Write(0, "b", 2, 3), Ops.Cas(1, "a", "c", 4, 5)];
        Assert.Equal(history, LinearizabilityChecker.Check(history).Evidence!.Operations);
    }

    [Fact]
    public void Check_AnswerCutOff_IsShownAsUnknown()
    {
        // The write of c is needed to show that a is not there any more, and has not returned by then.
        Operation c = Ops.Write(2, "c", 5, 900);
        LinearizabilityEvidence evidence = Assert.IsType<LinearizabilityEvidence>(LinearizabilityChecker.Check(
            [Ops.Write(0, "a", 0, 1), c, Ops.Read(3, "c", 10, 11), Ops.Read(3, "a", 20, 21)]).Evidence);
        Assert.Equal(3, evidence.PrefixReturns);
        Assert.Contains(
            c with { ReturnedAt = null, Result = OperationResult.Unknown }, evidence.Operations);
        Assert.Equal("  p2  write c  unknown      |--------->  5..", evidence.Text.Split('\n')[2]);
    }

    [Fact]
    public void Check_SeveralKeys_TellsThoseThatFail()
    {
        Operation[] bad = [Ops.Write(0, "a", 0, 1), Ops.ReadAbsent(1, 2, 3)];
        LinearizabilityResult result = LinearizabilityChecker.Check(
            [.. bad.Select(o => o.On("z")), .. bad.Select(o => o.On("b")), Ops.Write(0, "a", 5, 6).On("a")]);
        Assert.Equal("b", result.Key);
        Assert.Equal(2, result.Violations.Count);
        Assert.All(result.Evidence!.Operations, operation => Assert.Equal("b", operation.Key));
    }

    [Fact]
    public void Check_LimitReached_IsUndecidedAndNoViolation()
    {
        // Sixteen writes at once in an order that only the reads of the other end tell.
        Operation[] writes = [.. Enumerable.Range(0, 16).Select(index => Ops.Write(index, $"{index}", 0, 100))];
        Operation[] reads = [.. Enumerable.Range(0, 16).Select(index => Ops.Read(20, $"{15 - index}", 10 + index, 11 + index))];
        LinearizabilityResult few = LinearizabilityChecker.Check([.. writes, .. reads], configurationsMax: 10);
        Assert.Equal(LinearizabilityVerdict.Undecided, few.Verdict);
        Assert.Equal([Ops.Key], few.UndecidedKeys);
        Assert.Equal(Ops.Key, few.Key);
        Assert.Empty(few.Violations);
        Assert.Equal(LinearizabilityVerdict.Linearizable, LinearizabilityChecker.Check([.. writes, .. reads]).Verdict);
    }

    [Fact]
    public void Check_LimitReachedAtAnOperationThatCannotBe_IsNotLinearizable()
    {
        Operation[] writes = [.. Enumerable.Range(0, 16).Select(index => Ops.Write(index, $"{index}", 0, 100))];
        Operation[] stale = [Ops.Write(0, "a", 200, 201), Ops.Write(0, "b", 202, 203), Ops.Read(1, "a", 204, 205)];
        LinearizabilityResult result = LinearizabilityChecker.Check([.. writes, .. stale], configurationsMax: 100);
        Assert.Equal(LinearizabilityVerdict.NotLinearizable, result.Verdict);
        Assert.Equal(stale, result.Evidence!.Operations);
    }

    [Fact]
    public void Check_BrokenLongRuns_ShowsAFewOperations()
    {
        int failed = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            List<Operation> history = [.. AtomicRun.History(seed, new(400, 5, OpenPerMille: 5))];
            int late = history.FindLastIndex(o => o is { Action: KeyVerb.Read, Result: OperationResult.Done });
            history[late] = history[late] with { Found = history.First(o => o.Action == KeyVerb.Write).Value };
            LinearizabilityResult result = LinearizabilityChecker.Check(history);
            if (result.Evidence is { } evidence)
            {
                failed++;
                Assert.InRange(evidence.Operations.Count, 1, 12);
                Assert.Equal(LinearizabilityVerdict.NotLinearizable, LinearizabilityChecker.Check(evidence.Operations).Verdict);
            }
        }

        Assert.True(failed > 15, $"only {failed} of 20 failed");
    }
}
