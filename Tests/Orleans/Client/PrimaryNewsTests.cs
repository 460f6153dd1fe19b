using System.Collections.Concurrent;
using OrleansShards.Core;
using OrleansShards.Core.Masters;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>The news of a new primary, as the application hears it.</summary>
public sealed class PrimaryNewsTests
{
    [Fact]
    public async Task Tell_OldAndRepeatedNews_AreToldOnceInOrder()
    {
        using FakeClient fake = new();
        ConcurrentQueue<ulong> heard = new();
        fake.Client.PrimaryChanged += (_, news) => heard.Enqueue(news.Term.Value);
        foreach (ulong term in (ulong[])[2, 2, 1, 3, 2, 5])
            fake.Tell(new PrimaryChanged(new MasterName("n1"), new Term(term)));

        await Waits.UntilAsync(() => heard.Count == 3, $"three terms, seen {heard.Count}");
        Assert.Equal([2UL, 3UL, 5UL], heard);
    }

    [Fact]
    public async Task Tell_AHandlerThatFails_LosesNoLaterNews()
    {
        using FakeClient fake = new();
        ConcurrentQueue<ulong> heard = new();
        fake.Client.PrimaryChanged += (_, news) =>
        {
            heard.Enqueue(news.Term.Value);
            throw new InvalidOperationException("on purpose");
        };
        fake.Tell(new PrimaryChanged(new MasterName("n1"), new Term(2)));
        fake.Tell(new PrimaryChanged(new MasterName("n2"), new Term(3)));

        await Waits.UntilAsync(() => heard.Count == 2, "both terms");
    }
}
