using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansShards.Client;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>Requests in flight: how many, how they end, what cancelling and stopping do to them.</summary>
public sealed class RequestTrackerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_BeyondTheBound_WaitsForAnEnd()
    {
        using FakeClient fake = new(new ShardsClientOptions { InFlightMax = 2 });
        Task<KeyResult>[] puts = [fake.Put(), fake.Put(), fake.Put()];

        Assert.Equal(2, fake.Cluster.Received.Count);
        fake.Cluster.Answer(0, FakeCluster.Done);
        Assert.IsType<KeyResult.Applied>(await puts[0].WaitAsync(Limit, TestEnds));
        await Waits.UntilAsync(() => fake.Cluster.Received.Count == 3, "the third put is sent after the first has ended");
    }

    [Fact]
    public async Task Put_BoundReachedUntilTheDeadline_IsNotApplied()
    {
        using FakeClient fake = new(new ShardsClientOptions { InFlightMax = 1 });
        Task<KeyResult> first = fake.Put();
        KeyResult second = await fake.Put(FakeClient.Within(50));

        KeyResult.NotApplied refused = Assert.IsType<KeyResult.NotApplied>(second);
        Assert.Contains("1 requests were in flight", refused.Reason, StringComparison.Ordinal);
        Assert.True(refused.IsDefinite && refused.MayHelpToRepeat);
        Assert.Single(fake.Cluster.Received);
        Assert.False(first.IsCompleted);
    }

    // The caller learns of the cancellation before the wait for a slot does: whoever gets a slot in between was cancelled.
    [Fact]
    public async Task Put_CancelledWhileItWaits_IsNeverSent()
    {
        for (int round = 0; round < 2_000; round++)
        {
            using FakeClient fake = new(new ShardsClientOptions { InFlightMax = 1 });
            using CancellationTokenSource cancel = new();
            Task<KeyResult> first = fake.Put();
            Task<KeyResult> second = fake.PutUntil(cancel.Token);
            await cancel.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
            fake.Cluster.Answer(0, FakeCluster.Done);
            await first.WaitAsync(Limit, TestEnds);
            Task<KeyResult> third = fake.Put();
            await Waits.UntilAsync(() => fake.Cluster.Received.Count == 2, "the third put is sent");
            fake.Cluster.Answer(1, FakeCluster.Done);
            await third.WaitAsync(Limit, TestEnds);
            Assert.Equal(2, fake.Cluster.Received.Count);
        }
    }

    [Fact]
    public async Task Put_CancelledInFlight_KeepsItsPlaceUntilItEnds()
    {
        using FakeClient fake = new(new ShardsClientOptions { InFlightMax = 1 });
        using CancellationTokenSource cancel = new();
        Task<KeyResult> first = fake.PutUntil(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        Task<KeyResult> second = fake.Put();
        Assert.Single(fake.Cluster.Received);
        fake.Cluster.Answer(0, FakeCluster.Done);
        await Waits.UntilAsync(() => fake.Cluster.Received.Count == 2, "the second put is sent");
        fake.Cluster.Answer(1, FakeCluster.Done);
        Assert.IsType<KeyResult.Applied>(await second.WaitAsync(Limit, TestEnds));
    }

    [Fact]
    public async Task Put_NotConnectedByTheDeadline_IsNotApplied_AndSaysWhy()
    {
        using FakeClient fake = new(connected: false);
        fake.Connection.Obstacle = "no silo at shards:30000";

        KeyResult.NotApplied refused = Assert.IsType<KeyResult.NotApplied>(await fake.Put(FakeClient.Within(50)));
        Assert.Equal("not connected to the cluster: no silo at shards:30000", refused.Reason);
    }

    [Fact]
    public async Task Put_ConnectedWhileItWaits_IsSent()
    {
        using FakeClient fake = new(connected: false);
        Task<KeyResult> put = fake.Put(FakeClient.Within(60_000));
        Assert.Empty(fake.Cluster.Received);
        fake.Connection.Open(fake.Cluster);

        await Waits.UntilAsync(() => fake.Cluster.Received.Count == 1, "the put is sent");
        Assert.InRange(fake.Cluster.DeadlineOf(0), TimeSpan.Zero, TimeSpan.FromSeconds(60));
        fake.Cluster.Answer(0, FakeCluster.Done);
        Assert.IsType<KeyResult.Applied>(await put.WaitAsync(Limit, TestEnds));
    }

    [Fact]
    public async Task Close_WaitsForWhatIsInFlight_AndTakesNoMore()
    {
        using FakeClient fake = new();
        Task<KeyResult> put = fake.Put();
        Task closing = fake.Tracker.CloseAsync(TestEnds);
        Assert.False(closing.IsCompleted);

        KeyResult.NotApplied late = Assert.IsType<KeyResult.NotApplied>(await fake.Put());
        Assert.Equal(("the client was stopped", false), (late.Reason, late.MayHelpToRepeat));
        fake.Cluster.Answer(0, FakeCluster.Done);
        await closing.WaitAsync(Limit, TestEnds);
        Assert.IsType<KeyResult.Applied>(await put);
    }

    [Fact]
    public async Task Close_AllSlotsAreTaken_WhoWaitsAndWhoComesEndAtOnce()
    {
        using FakeClient fake = new(new ShardsClientOptions { InFlightMax = 1 });
        Task<KeyResult> first = fake.Put();
        Task<KeyResult> waiting = fake.Put(FakeClient.Within(86_400_000));
        Task closing = fake.Tracker.CloseAsync(TestEnds);
        Task<KeyResult> late = fake.Put(FakeClient.Within(86_400_000));

        foreach (Task<KeyResult> put in (Task<KeyResult>[])[waiting, late])
        {
            KeyResult.NotApplied refused = Assert.IsType<KeyResult.NotApplied>(await put.WaitAsync(Limit, TestEnds));
            Assert.Equal(("the client was stopped", false), (refused.Reason, refused.MayHelpToRepeat));
        }

        Assert.False(closing.IsCompleted);
        fake.Cluster.Answer(0, FakeCluster.Done);
        Assert.IsType<KeyResult.Applied>(await first);
        await closing.WaitAsync(Limit, TestEnds);
    }

    [Fact]
    public async Task Put_AfterTheClientWasDisposedOf_IsAResult()
    {
        FakeClient fake = new();
        fake.Dispose();
        Assert.False(Assert.IsType<KeyResult.NotApplied>(await fake.Put().WaitAsync(Limit, TestEnds)).MayHelpToRepeat);
    }

    [Fact]
    public async Task Abandon_AWriteIsUnknown_AReadIsNotApplied()
    {
        using FakeClient fake = new();
        Task<KeyResult> put = fake.Put();
        Task<KeyResult> get = fake.Client.GetAsync("key", cancellationToken: TestEnds);
        fake.Tracker.Abandon();

        Assert.IsType<KeyResult.Unknown>(await put);
        Assert.False(Assert.IsType<KeyResult.NotApplied>(await get).MayHelpToRepeat);
        fake.Cluster.Answer(0, FakeCluster.Done);
    }

    [Fact]
    public async Task Put_LostByTheRouter_EndsAfterItsDeadline()
    {
        HandClock clock = new();
        using FakeClient fake = new(clock: clock);
        Task<KeyResult> put = fake.Put(FakeClient.Within(1000));
        clock.Move(TimeSpan.FromSeconds(2));
        Assert.False(put.IsCompleted);
        clock.Move(TimeSpan.FromSeconds(2));

        KeyResult.Unknown lost = Assert.IsType<KeyResult.Unknown>(await put.WaitAsync(Limit, TestEnds));
        Assert.Contains("the router has not ended it in time", lost.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_TheAnswer_ContinuesOffTheRoutersThread()
    {
        using FakeClient fake = new();
        Task<KeyResult> put = fake.Put();
        using ManualResetEventSlim answered = new();
        Task<bool> after = put.ContinueWith(
            _ => answered.Wait(Limit, TestEnds), TestEnds, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        // Were it not so, this would stand still until the continuation has given up.
        fake.Cluster.Answer(0, FakeCluster.Done);
        answered.Set();
        Assert.True(await after.WaitAsync(Limit, TestEnds));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(86_400_001)]
    public async Task Put_DeadlineThatMakesNoSense_IsRefused(int milliseconds)
    {
        using FakeClient fake = new();
        ArgumentException refused =
            await Assert.ThrowsAsync<ArgumentException>(() => fake.Put(FakeClient.Within(milliseconds)));
        Assert.Contains("expected more than 0 and at most a day", refused.Message, StringComparison.Ordinal);
        Assert.Empty(fake.Cluster.Received);
    }

    [Fact]
    public async Task Put_NoValue_IsRefused()
    {
        using FakeClient fake = new();
        await Assert.ThrowsAsync<ArgumentException>(
            () => fake.Client.PutAsync("key", default(JsonText), cancellationToken: TestEnds));
        Assert.Empty(fake.Cluster.Received);
    }

    [Fact]
    public async Task Keys_NullIsPassed_IsAnArgumentNullException()
    {
        using FakeClient fake = new();
        string none = null!;
        JsonTypeInfo<string> text = (JsonTypeInfo<string>)JsonSerializerOptions.Default.GetTypeInfo(typeof(string));
        (string Name, Func<Task<KeyResult>> Call)[] calls =
        [
            ("key", () => fake.Client.GetAsync(none, cancellationToken: TestEnds)),
            ("key", () => fake.Client.PutAsync(none, 1, cancellationToken: TestEnds)),
            ("key", () => fake.Client.PutAsync(none, JsonText.Parse("1"), cancellationToken: TestEnds)),
            ("value", () => fake.Client.PutAsync("key", none, cancellationToken: TestEnds)),
            ("value", () => fake.Client.PutAsync("key", none, text, cancellationToken: TestEnds)),
            ("key", () => fake.Client.CompareAndSetAsync(none, 1, 2, cancellationToken: TestEnds)),
            ("expected", () => fake.Client.CompareAndSetAsync("key", none, "2", cancellationToken: TestEnds)),
            ("value", () => fake.Client.CompareAndSetAsync("key", "1", none, cancellationToken: TestEnds)),
            ("value", () => fake.Client.CompareAndSetAsync("key", "1", none, text, cancellationToken: TestEnds)),
            ("key", () => fake.Client.DeleteAsync(none, cancellationToken: TestEnds)),
        ];
        foreach ((string name, Func<Task<KeyResult>> call) in calls)
            Assert.Equal(name, (await Assert.ThrowsAsync<ArgumentNullException>(call)).ParamName);

        Assert.Empty(fake.Cluster.Received);
    }

    [Fact]
    public async Task Put_RefusedForWhatItIs_IsNotWorthRepeating()
    {
        using FakeClient fake = new();
        Task<KeyResult> put = fake.Put();
        fake.Cluster.Answer(0, new ClientOutcome.Rejected(new ShardRefusal(
            ShardRefusalKind.WrongState, "there is no shard 99", null, default)));

        KeyResult.NotApplied refused = Assert.IsType<KeyResult.NotApplied>(await put);
        Assert.Equal("there is no shard 99", refused.Reason);
        Assert.False(refused.MayHelpToRepeat);
        KeyRequestException thrown = Assert.Throws<KeyRequestException>(refused.ThrowIfFailed);
        Assert.Equal("not applied: there is no shard 99", thrown.Message);
        Assert.Same(refused, thrown.Result);
    }
}
