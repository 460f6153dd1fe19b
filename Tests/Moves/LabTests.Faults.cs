using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Moves;

/// <summary>Those in which somebody dies, messages are lost, or two believe that they lead.</summary>
public abstract partial class LabTests
{
    private const int BetweenFaults = 100;

    [Fact]
    public async Task Concurrent_ChangesAndGroupCrashes_TheHistoryIsLinearizable()
    {
        await using ILabCluster cluster = await StartAsync();
        Operator lab = new(cluster);
        await lab.FillAsync();
        await UnderLoadAsync(cluster, async served =>
        {
            await lab.LeaveAsync(N3);
            await cluster.CrashAsync(N1);
            await served();
            await lab.JoinAsync(N3);
            await lab.AskAsync<Rebalanced>(new PinShard(new ShardId(0), N3, false));
            await cluster.CrashAsync(N2);
            await served();
            await lab.LeaveAsync(N1);
            await cluster.CrashAsync(N3);
            await served();
            await lab.UntilNothingMovesAsync();
        });
        await lab.AllAreThereAsync();
        await OnlyOwnersServeAsync(lab);
    }

    [Fact]
    public async Task Unreliable_MessagesAreLost_TheHistoryIsLinearizable()
    {
        await using ILabCluster cluster = await StartAsync();
        Operator lab = new(cluster);
        await lab.FillAsync();
        await UnderLoadAsync(cluster, async served =>
        {
            cluster.LossPercent = 6;
            await lab.LeaveAsync(N2);
            await lab.UntilMapAsync(static map => !map.ContainsValue(N2), "no shard at n2");
            await lab.JoinAsync(N2);
            await lab.UntilMapAsync(static map => map.ContainsValue(N2), "a shard at n2");
            await served();
            cluster.LossPercent = 0;
            await lab.UntilNothingMovesAsync();
        });
        await lab.AllAreThereAsync();
        await OnlyOwnersServeAsync(lab);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Recovery_ThePrimaryIsGoneInMidMove_TheMoveEndsByItself(bool isCrash)
    {
        await using ILabCluster cluster = await StartAsync();
        Operator lab = new(cluster);
        await lab.FillAsync();
        ShardId moving = new(0);
        cluster.Store.Cut(N2, moving);
        await lab.AskAsync<MoveStatus>(new MigrateShard(moving, N2));
        await lab.UntilCopyingAsync(moving, N2);
        await lab.LeaveAsync(N3);

        if (isCrash)
            await cluster.CrashPrimaryAsync();
        else
            await DeposeAsync(cluster, lab, await PrimaryAsync(lab));

        cluster.Store.Heal();
        await lab.UntilMapAsync(
            map => map[moving.Value] == N2 && !map.ContainsValue(N3), "shard 0 at n2, and none at n3");
        await lab.UntilNothingMovesAsync();
        await lab.AllAreThereAsync();
        await OnlyOwnersServeAsync(lab);
    }

    [Fact]
    public async Task TwoControllers_OneIsDeposed_ItNeverSaysOkAgainAndWhatItSaidHolds()
    {
        await using ILabCluster cluster = await StartAsync();
        Operator lab = new(cluster);
        await lab.FillAsync();
        MasterStatus old = await PrimaryAsync(lab);
        Dictionary<int, HashSet<GroupId>> possible = [];
        int asked = 0;
        bool isDeposed = false;
        Task asking = Task.Run(AskOnAsync, TestContext.Current.CancellationToken);
        await Condition.HoldsAsync(() => asking.IsCompleted || Volatile.Read(ref asked) > 5, () => $"{asked} of 5 requests");

        await DeposeAsync(cluster, lab, old);

        Volatile.Write(ref isDeposed, true);
        await asking;
        // A settlement that the old primary is asked for late is no decision either.
        MoveReceipt receipt = new(0, 0, 0, 0);
        Assert.IsNotType<ClientOutcome.Applied>(await AskOldAsync(new DecideMove(new ShardId(0), new MoveId(1), new Epoch(2), receipt)));
        await lab.UntilNothingMovesAsync();
        var map = (await lab.ConfigAsync()).Shards;
        Assert.All(possible, pair => Assert.Contains(map[pair.Key], pair.Value));
        await lab.AllAreThereAsync();
        await StaleOrdersAreRefusedAsync(cluster, lab, old.Term);

        Task<ClientOutcome> AskOldAsync(Message request) =>
            cluster.AskAsync(new ClientRequest.OfMaster(old.Name, request), TimeSpan.FromSeconds(5));

        async Task AskOnAsync()
        {
            for (int after = 0; after < 10; asked++)
            {
                bool isLate = Volatile.Read(ref isDeposed);
                (int shard, GroupId group) = (asked % 8, ILabCluster.Definition.Groups[asked % 3]);
                ClientOutcome outcome = await AskOldAsync(new PinShard(new ShardId(shard), group, false));
                Note(outcome, possible, shard, group);
                Assert.False(isLate && outcome is ClientOutcome.Applied, $"the deposed primary answers {outcome}");
                after += isLate ? 1 : 0;
            }
        }
    }

    /// <summary>Writes down where a shard may have to be, after a request that has had this outcome.</summary>
    private static void Note(
        ClientOutcome outcome, Dictionary<int, HashSet<GroupId>> possible, int shard, GroupId group)
    {
        if (outcome is ClientOutcome.Applied)
            possible[shard] = [group];
        else if (outcome is ClientOutcome.Unknown && possible.TryGetValue(shard, out HashSet<GroupId>? groups))
            groups.Add(group);
        else if (outcome is ClientOutcome.Unknown)
            possible[shard] = [.. ILabCluster.Definition.Groups];
    }

    /// <summary>A copy that has heard the new primary's orders takes none of the old one's, and serves on.</summary>
    private static async Task StaleOrdersAreRefusedAsync(ILabCluster cluster, Operator lab, Term old)
    {
        ShardId shard = new(1);
        GroupId owner = (await lab.ConfigAsync()).Shards[shard.Value];
        GroupId target = ILabCluster.Definition.Groups.First(group => group != owner);
        await lab.MoveAsync(shard, target);
        foreach (Message order in (Message[])
        [
            new SealForMove(old, new MoveId(1_000_000), owner),
            new DriveMove(old, new MoveId(1_000_000), owner, target, MoveCommand.Copy, Epoch.None),
        ])
        {
            ClientOutcome outcome = await cluster.AskAsync(
                new ClientRequest.OfShard(target, shard, order), TimeSpan.FromSeconds(20));
            ShardRefusal refusal = Assert.IsType<ShardRefusal>(Assert.IsType<ClientOutcome.Rejected>(outcome).Reply);
            Assert.Contains("term", refusal.Text, StringComparison.Ordinal);
        }

        await lab.WriteAsync(shard, "b", "1");
    }

    private static async Task<MasterStatus> PrimaryAsync(Operator lab) =>
        (await lab.AskAsync<ClusterStatusReply>(new QueryClusterStatus())).Masters.Single(static master => master.IsPrimary);

    private static async Task DeposeAsync(ILabCluster cluster, Operator lab, MasterStatus old)
    {
        MasterName shadow = ILabCluster.Definition.Masters.Single(master => master != old.Name);
        ClientOutcome? last = null;
        await Condition.HoldsAsync(
            async () => (last = await cluster.AskAsync(
                new ClientRequest.OfMaster(shadow, new TriggerFailover(old.Name)), TimeSpan.FromSeconds(10)))
                    is ClientOutcome.Applied,
            () => $"{shadow} takes over; it answered {last}");
        Assert.Equal(shadow, (await PrimaryAsync(lab)).Name);
    }

    /// <summary>Does something while eight workers use keys of all shards, and has the checkers look at what they saw.</summary>
    private static async Task UnderLoadAsync(ILabCluster cluster, Func<Func<Task>, Task> act)
    {
        int seed = Random.Shared.Next();
        Recorder recorder = new();
        Workload workload = new([cluster, cluster], recorder, seed);
        await ServedAsync();
        await act(ServedAsync);
        await ServedAsync();
        IReadOnlyDictionary<string, string?> finals = await workload.EndAsync();
        IReadOnlyList<string> problems = HistoryVerdict.Problems(recorder, finals);
        Assert.True(problems.Count == 0, $"seed {seed}:\n{string.Join('\n', problems)}");

        async Task ServedAsync()
        {
            int wanted = recorder.Answered + BetweenFaults;
            await Condition.HoldsAsync(
                () => recorder.Answered > wanted || workload.Failed.IsFaulted,
                () => $"{wanted} answers; {recorder.Answered} came");
            Assert.False(workload.Failed.IsFaulted, workload.Failed.Exception?.ToString());
        }
    }
}
