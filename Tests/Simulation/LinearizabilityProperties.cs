using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;

namespace OrleansShards.Tests.Simulation;

/// <summary>The checker against histories that are linearizable by construction, and against <see cref="BruteForce"/>.</summary>
public sealed class LinearizabilityProperties
{
    private const int SmallCases = 10_000;

    [Theory]
    [InlineData(2000, 5, 10, 0, 10)]
    [InlineData(2000, 5, 10, 3, 10)]
    [InlineData(2000, 10, 2, 0, 50)]
    [InlineData(1000, 8, 1, 4, 5)]
    [InlineData(10_000, 5, 1, 0, 10)]
    [InlineData(10_000, 10, 1, 0, 0)]
    public void Check_RunOfAnAtomicStore_IsLinearizable(int operations, int processes, int keys, int values, int open)
    {
        for (int seed = 0; seed < 3; seed++)
        {
            IReadOnlyList<Operation> history =
                AtomicRun.History(seed, new(operations, processes, keys, values, open));
            LinearizabilityResult result = LinearizabilityChecker.Check(history);
            Assert.True(
                result.Verdict == LinearizabilityVerdict.Linearizable,
                $"seed {seed}: {result.Verdict} {result.Evidence?.Text}");
        }
    }

    [Fact]
    public void Check_SmallHistories_AgreesWithBruteForce()
    {
        int good = 0;
        for (int seed = 0; seed < SmallCases; seed++)
        {
            IReadOnlyList<Operation> history = Small(seed);
            bool isGood = BruteForce.IsLinearizable(history);
            good += isGood ? 1 : 0;
            LinearizabilityResult result = LinearizabilityChecker.Check(history);
            Assert.True(
                result.Verdict == (isGood ? LinearizabilityVerdict.Linearizable : LinearizabilityVerdict.NotLinearizable),
                $"seed {seed}: {result.Verdict}, brute force says {isGood}:\n{string.Join('\n', history)}");
        }

        Assert.InRange(good, SmallCases / 5, SmallCases * 4 / 5);
    }

    [Fact]
    public void Check_SmallHistoryThatFails_ShowsAPartThatFailsByBruteForceToo()
    {
        int reduced = 0;
        for (int seed = 0; seed < SmallCases; seed++)
        {
            IReadOnlyList<Operation> history = Small(seed);
            if (LinearizabilityChecker.Check(history).Evidence is not { } evidence)
                continue;

            Assert.False(
                BruteForce.IsLinearizable(evidence.Operations),
                $"seed {seed}: {evidence.Text}\nof\n{string.Join('\n', history)}");
            Assert.True(BruteForce.IsLinearizable([.. evidence.LongestPartial.Select(Alone)]), $"seed {seed}: {evidence.Text}");
            Assert.Contains(evidence.Stuck, evidence.Operations);
            Assert.DoesNotContain(evidence.Stuck, evidence.LongestPartial);
            reduced += evidence.Operations.Count < history.Count ? 1 : 0;
        }

        Assert.True(reduced > SmallCases / 10, $"only {reduced} were reduced");
    }

    [Fact]
    public void Without_AnyChoiceFromALinearizableHistory_LeavesALinearizableOne()
    {
        // What makes evidence evidence: a part without a linearization says something of the whole.
        int taken = 0;
        for (int seed = 0; seed < SmallCases; seed++)
        {
            IReadOnlyList<Operation> history = Small(seed);
            if (!BruteForce.IsLinearizable(history))
                continue;

            var random = new Random(seed);
            List<KeyStep> steps = new KeyHistory(history).Steps;
            Operation[] left = [.. KeyReduction.Without(steps, _ => random.Next(3) > 0).Select(step => step.Source)];
            Assert.True(
                BruteForce.IsLinearizable(left),
                $"seed {seed}:\n{string.Join('\n', left)}\nof\n{string.Join('\n', history)}");
            taken += left.Length < history.Count ? 1 : 0;
        }

        Assert.True(taken > SmallCases / 10, $"only from {taken}");
    }

    [Fact]
    public void Small_ManySeeds_HaveEveryActionOpenOperationsAndEqualInstants()
    {
        List<Operation> operations = [.. Enumerable.Range(0, 1000).SelectMany(Small)];
        Assert.All(Enum.GetValues<KeyVerb>(), action => Assert.True(operations.Count(o => o.Action == action) > 200));
        Assert.All(Enum.GetValues<OperationResult>(), result => Assert.True(operations.Count(o => o.Result == result) > 80));
        Assert.True(operations.Count(operation => operation.IsOpen) > 500, "open operations");
        Assert.True(operations.Count(operation => operation.CreateIfAbsent) > 200, "creating");
        Assert.True(operations.Count(o => o.ReturnedAt == o.InvokedAt) > 20, "an instant for all of an operation");
    }

    /// <summary>The partial order as a history: one after the other, in the order in which they stand.</summary>
    private static Operation Alone(Operation operation, int index) => operation with
    {
        InvokedAt = 2 * index,
        ReturnedAt = operation.IsOpen ? null : (2 * index) + 1,
    };

    /// <summary>A run of up to seven operations, in most cases with some of what was seen or when changed.</summary>
    private static IReadOnlyList<Operation> Small(int seed)
    {
        var random = new Random(seed);
        var shape = new RunShape(
            random.Next(2, 8), random.Next(2, 5), Values: random.Next(4), OpenPerMille: random.Next(3) * 60);
        List<Operation> history = [.. AtomicRun.History(seed, shape).Select(o => o with { Key = Ops.Key })];
        for (int changes = random.Next(4); changes > 0; changes--)
        {
            int index = random.Next(history.Count);
            history[index] = Changed(history[index], random);
        }

        return history;
    }

    private static Operation Changed(Operation operation, Random random)
    {
        string other = $"{random.Next(4)}";
        if (operation.IsOpen)
            return operation with { InvokedAt = operation.InvokedAt + random.Next(-3, 4) };

        return (random.Next(3), operation.Action) switch
        {
            (0, _) => operation with { InvokedAt = operation.InvokedAt - 2, ReturnedAt = operation.ReturnedAt - random.Next(3) },
            (1, _) => operation with { ReturnedAt = operation.ReturnedAt + random.Next(4) },
            (_, KeyVerb.Read) => operation with { Result = OperationResult.Done, Found = other },
            (_, KeyVerb.Write) => operation with { Value = other },
            (_, KeyVerb.CompareAndSet) => random.Next(3) switch
            {
                0 => operation with { Result = OperationResult.Done, Found = null },
                1 => operation with { Result = OperationResult.Absent, Found = null, CreateIfAbsent = false },
                _ => operation with { Result = OperationResult.Differs, Found = random.Next(2) == 0 ? null : other },
            },
            (_, KeyVerb.Delete) => operation with
            {
                Result = operation.Result == OperationResult.Done ? OperationResult.Absent : OperationResult.Done,
            },
            _ => operation,
        };
    }
}
