using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>That workers, recorder and checkers together see what they are there for.</summary>
public sealed class HistoryVerdictTests
{
    [Theory]
    [InlineData("LosesAWrite", "linearizable: ")]
    [InlineData("ServesAStaleRead", "linearizable: ")]
    [InlineData("RepeatsAStep", "exactly-once: ")]
    public async Task Problems_AStoreThatIsWrong_IsFound(string defect, string expected)
    {
        BrokenStore store = new(Enum.Parse<StoreDefect>(defect));

        IReadOnlyList<string> problems = await RunAsync(store);

        Assert.Contains(problems, problem => problem.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Problems_ASoundStore_AreNone() => Assert.Empty(await RunAsync(new BrokenStore(StoreDefect.None)));

    private static async Task<IReadOnlyList<string>> RunAsync(BrokenStore store)
    {
        const int Enough = 4_000;
        Recorder recorder = new();
        Workload workload = new([store, store, store, store], recorder, seed: 22);
        await Condition.HoldsAsync(
            () => recorder.Answered > Enough && store.IsDone, () => $"{Enough} operations and the defect; {recorder.Answered} so far");
        return HistoryVerdict.Problems(recorder, await workload.EndAsync());
    }
}
