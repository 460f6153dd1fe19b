using OrleansShards.Simulation.Drawing;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Tests.Simulation;

public sealed class CampaignTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Run_SeveralThreads_TellsInOrderAndAllOnce(int threads)
    {
        List<ulong> told = [];
        new Campaign(static options => Result(options, null), threads).Run(
            static number => number < 50 ? Options(number) : null,
            result =>
            {
                told.Add(result.Options.Seed);
                return true;
            });
        Assert.Equal(Enumerable.Range(0, 50).Select(static number => (ulong)number), told);
    }

    [Fact]
    public void Run_TwoViolations_EndsWithTheFirstWhicheverIsReadyFirst()
    {
        using ManualResetEventSlim laterIsDone = new();
        List<RunResult> told = [];
        new Campaign(
            options =>
            {
                if (options.Seed == 5)
                    laterIsDone.Wait(TimeSpan.FromSeconds(10));
                else if (options.Seed == 6)
                    laterIsDone.Set();

                return Result(options, options.Seed >= 5 ? "a-rule" : null);
            },
            threads: 2).Run(
            static number => Options(number),
            result =>
            {
                told.Add(result);
                return result.Rule is null;
            });
        Assert.Equal((6, 5UL), (told.Count, told[^1].Options.Seed));
    }

    [Fact]
    public void Run_ExecutionThrows_IsThrownAtTheCaller() =>
        Assert.Equal("here", Assert.Throws<InvalidOperationException>(static () =>
            new Campaign(static _ => throw new InvalidOperationException("here"), threads: 3)
                .Run(static number => Options(number), static _ => true)).Message);

    private static RunOptions Options(long number) => new((ulong)number, Profile.Swarm);

    private static RunResult Result(RunOptions options, string? rule) => new(options, rule, "", new());
}
