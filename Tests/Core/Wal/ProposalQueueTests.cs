using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

public sealed class ProposalQueueTests
{
    [Fact]
    public void TryAdd_BeyondTheLimit_IsRefusedUntilSomethingIsTaken()
    {
        ProposalQueue queue = new(10);
        Assert.True(queue.TryAdd(Of(6)));
        Assert.False(queue.TryAdd(Of(5)));
        Assert.True(queue.TryAdd(Of(4)));
        Assert.False(queue.TryAdd(Of(1)));
        Assert.Single(queue.Take(6));
        Assert.True(queue.TryAdd(Of(6)));
    }

    [Fact]
    public void TryAdd_LargerThanTheLimit_IsTakenWhereNothingWaits()
    {
        ProposalQueue queue = new(10);
        Assert.True(queue.TryAdd(Of(100)));
        Assert.False(queue.TryAdd(Of(0)));
    }

    [Fact]
    public void Take_ByBytes_KeepsTheOrderAndTakesOneAtLeast()
    {
        ProposalQueue queue = new(1000);
        foreach (int bytes in new[] { 50, 3, 4, 5 })
            queue.TryAdd(Of(bytes));

        Assert.Equal([50], queue.Take(10).Select(Length));
        Assert.Equal([3, 4], queue.Take(10).Select(Length));
        Assert.Equal([5], queue.Take(10).Select(Length));
        Assert.True(queue.IsEmpty);
        Assert.Empty(queue.Take(10));
    }

    [Fact]
    public void TakeAll_Anything_FreesTheWholeLimit()
    {
        ProposalQueue queue = new(10);
        queue.TryAdd(Of(7));
        queue.TryAdd(Of(3));
        Assert.Equal([7, 3], queue.TakeAll().Select(Length));
        Assert.True(queue.TryAdd(Of(0)));
        Assert.True(queue.TryAdd(Of(10)));
    }

    private static Proposal Of(int bytes) => new(new byte[bytes], null);

    private static int Length(Proposal proposal) => proposal.Entry.Length;
}
