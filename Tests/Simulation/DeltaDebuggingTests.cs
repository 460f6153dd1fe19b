using OrleansShards.Simulation.Shrinking;

namespace OrleansShards.Tests.Simulation;

public sealed class DeltaDebuggingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void Reduce_AnyPairDoesIt_FindsJustThatPair(int count)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        for (int first = 0; first < count; first++)
        {
            int[] needed = [first, (first + 3) % count];
            List<int> found = DeltaDebugging.Reduce(all, part => Array.TrueForAll(needed, part.Contains));
            Assert.Equal(needed.Distinct().Order(), found);
        }
    }

    [Fact]
    public void Reduce_NothingIsNeeded_IsEmptyAfterOneTry()
    {
        int tries = 0;
        Assert.Empty(DeltaDebugging.Reduce([1, 2, 3], _ => ++tries > 0));
        Assert.Equal(1, tries);
    }

    [Fact]
    public void Reduce_AllAreNeeded_IsAll() =>
        Assert.Equal([1, 2, 3], DeltaDebugging.Reduce([1, 2, 3], static part => part.Count == 3));
}
