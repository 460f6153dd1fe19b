using OrleansShards.Client;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>A session's numbers and turns.</summary>
public sealed class ShardsSessionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_OneAtATime_NumbersRise()
    {
        using FakeClient fake = new();
        IShardsSession session = fake.Client.OpenSession("teller", lastSequence: 7);
        Task<KeyResult> first = Put(session);
        Task<KeyResult> second = Put(session);

        Assert.Equal([8], fake.Cluster.Sequences);
        fake.Cluster.Answer(0, FakeCluster.Done);
        await first.WaitAsync(Limit, TestEnds);
        await Waits.UntilAsync(() => fake.Cluster.Received.Count == 2, "the second put is sent");
        Assert.Equal([8, 9], fake.Cluster.Sequences);
        Assert.Equal(9, session.LastSequence);
        Assert.All(
            fake.Cluster.Received.Cast<ClientRequest.OnKey>(),
            static sent => Assert.Equal((SessionKind.Client, "teller"), (sent.Session.Kind, sent.Session.Client)));
        fake.Cluster.Answer(1, FakeCluster.Done);
        Assert.IsType<KeyResult.Applied>(await second.WaitAsync(Limit, TestEnds));
    }

    [Fact]
    public async Task Put_CancelledInFlight_TheNextWaitsForItsEnd()
    {
        using FakeClient fake = new();
        using CancellationTokenSource cancel = new();
        IShardsSession session = fake.Client.OpenSession("teller");
        Task<KeyResult> first = session.PutAsync("key", 1, cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        KeyResult tooSoon = await Put(session, FakeClient.Within(50));
        Assert.Contains("has not ended in time", Assert.IsType<KeyResult.NotApplied>(tooSoon).Reason, StringComparison.Ordinal);
        Assert.Equal([1], fake.Cluster.Sequences);
        fake.Cluster.Answer(0, FakeCluster.Done);
        Task<KeyResult> third = Put(session);
        await Waits.UntilAsync(() => fake.Cluster.Received.Count == 2, "the third put is sent");
        fake.Cluster.Answer(1, FakeCluster.Done);
        Assert.IsType<KeyResult.Applied>(await third.WaitAsync(Limit, TestEnds));
    }

    [Fact]
    public async Task Put_RepeatedButNotDelivered_IsUnknown()
    {
        using FakeClient fake = new();
        IShardsSession session = fake.Client.OpenSession("teller", lastSequence: 3);
        Task<KeyResult> repeated = Put(session, new CallOptions { Sequence = 3 });
        fake.Cluster.Answer(0, new ClientOutcome.NotApplied("nobody there", null));

        // An earlier process may have had it applied: only a recorded outcome could say that it was not.
        KeyResult.Unknown unknown = Assert.IsType<KeyResult.Unknown>(await repeated.WaitAsync(Limit, TestEnds));
        Assert.Contains("nobody there", unknown.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_ReservedNumber_IsFreshTheFirstTime()
    {
        using FakeClient fake = new();
        IShardsSession session = fake.Client.OpenSession("teller", lastSequence: 3);
        long reserved = session.ReserveSequence();
        Task<KeyResult> put = Put(session, new CallOptions { Sequence = reserved });
        fake.Cluster.Answer(0, new ClientOutcome.NotApplied("nobody there", null));

        Assert.Equal(4, reserved);
        Assert.IsType<KeyResult.NotApplied>(await put.WaitAsync(Limit, TestEnds));
        Assert.Equal([4], fake.Cluster.Sequences);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Put_NumberThatNobodyReserved_IsRefused(long sequence)
    {
        using FakeClient fake = new();
        IShardsSession session = fake.Client.OpenSession("teller", lastSequence: 3);
        ArgumentException refused =
            await Assert.ThrowsAsync<ArgumentException>(() => Put(session, new CallOptions { Sequence = sequence }));
        Assert.Contains($"Sequence is {sequence}; expected", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_NumberWithoutASession_IsRefused()
    {
        using FakeClient fake = new();
        await Assert.ThrowsAsync<ArgumentException>(() => fake.Put(new CallOptions { Sequence = 1 }));
    }

    [Fact]
    public void Open_WithoutANameOrWithANegativeNumber_IsRefused()
    {
        using FakeClient fake = new();
        Assert.Throws<ArgumentException>(() => fake.Client.OpenSession(""));
        Assert.Throws<ArgumentException>(() => fake.Client.OpenSession("teller", -1));
    }

    private static Task<KeyResult> Put(IShardsSession session, CallOptions? call = null) =>
        session.PutAsync("key", 1, call: call, cancellationToken: TestEnds);
}
