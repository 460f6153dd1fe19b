using Orleans.Runtime;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Orleans.Silo;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Upgrades;

/// <summary>
/// Three silos as processes, started by an earlier release and replaced by this one, silo by silo. The earlier release is the silo that
/// <see cref="Variable"/> names (eng/upgrade.sh builds one); without it, it is this one: then silos are replaced by their like.
/// </summary>
/// <param name="clusterId">The cluster's name.</param>
/// <param name="options">What every silo is started with, so that they find each other.</param>
internal sealed class RollingCluster(string clusterId, params string[] options) : IAsyncDisposable
{
    /// <summary>Names the earlier release's OrleansShards.Silo.dll.</summary>
    internal const string Variable = "ORLEANS_SHARDS_PREVIOUS_SILO";

    /// <summary>Why a way of replacing is tried on one store alone.</summary>
    internal const string OneRelease = $"of one release, each way is tried on one store; {Variable} names no earlier one";

    private const int LinesTold = 60;

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(10);
    private static readonly string[] Groups = ["n1", "n2", "n3"];

    private readonly Dictionary<string, int[]> _ports = Groups.ToDictionary(static group => group, static _ => FreePorts.Take(3));
    private readonly Dictionary<string, List<SiloRun>> _runs = Groups.ToDictionary(static group => group, static _ => new List<SiloRun>());
    private readonly List<OutsideClient> _clients = [];

    /// <summary>Whether <see cref="Variable"/> names one.</summary>
    public static bool HasEarlierRelease => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable));

    private static string Previous => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } silo ? silo : SiloRun.Program;

    /// <summary>Clients of this release that may talk to all silos.</summary>
    internal IReadOnlyList<OutsideClient> Clients => _clients;

    /// <summary>Starts three silos of the earlier release, and three clients.</summary>
    internal async Task StartAsync()
    {
        foreach (string group in Groups)
            Start(group, Previous);

        foreach (string group in Groups)
            await _runs[group][^1].UntilReadyIsAsync(true);

        for (int i = 0; i < Groups.Length; i++)
            _clients.Add(await ConnectAsync(Groups));

        await MastersAreHomeAsync();
    }

    /// <summary>Waits until both masters are in the silos of their names, and has the first one lead.</summary>
    internal async Task MastersAreHomeAsync()
    {
        foreach (string master in Groups[..2])
            await Condition.HoldsAsync(async () => await IsHomeAsync(master), () => $"{master} is in the silo of its name\n{Told()}");

        await SwitchOverAsync(Groups[0]);
    }

    /// <summary>Has a master lead that does not.</summary>
    internal Task SwitchOverAsync(string master) => Condition.HoldsAsync(
        async () => await LeaderAsync() == new MasterName(master)
            || await AskAsync(new Switchover(new MasterName(master))) is SwitchoverReply,
        () => $"{master} leads after a switchover\n{Told()}");

    /// <summary>A client that knows these silos only.</summary>
    internal Task<OutsideClient> ConnectAsync(params string[] groups) =>
        OutsideClient.ConnectAsync(clusterId, groups.Select(group => _ports[group][1]));

    /// <summary>Stops the silo as a supervisor does, and starts one of this release in its place.</summary>
    internal async Task ReplaceAsync(string group)
    {
        SiloRun run = _runs[group][^1];
        run.Terminate();
        int exitCode = await run.EndedAsync();
        Assert.True(exitCode == 0, $"the silo of {group} ended with {exitCode}: {await run.Errors}\n{Told()}");
        await StartAgainAsync(group);
    }

    /// <summary>SIGKILL.</summary>
    internal void Kill(string group) => _runs[group][^1].Kill();

    /// <summary>Starts one of this release in the place of a silo that has ended.</summary>
    internal async Task StartAgainAsync(string group)
    {
        Start(group, SiloRun.Program);
        await _runs[group][^1].UntilReadyIsAsync(true);
    }

    /// <summary>What the primary says.</summary>
    internal async Task<ClusterStatusReply> StatusAsync()
    {
        ClusterStatusReply? status = null;
        await Condition.HoldsAsync(
            async () => (status = await AskAsync(new QueryClusterStatus()) as ClusterStatusReply) is not null,
            () => $"an answer of the primary\n{Told()}");
        return status!;
    }

    /// <summary>What the primary answers; null where it does not.</summary>
    internal Task<Message?> AskAsync(Message request) => _clients[0].AskPrimaryAsync(request, AskLimit);

    /// <summary>Waits until this master leads.</summary>
    internal Task LeadsAsync(string master) => Condition.HoldsAsync(
        async () => await LeaderAsync() == new MasterName(master), () => $"{master} leads\n{Told()}");

    /// <summary>Waits until the shadow has applied what the primary had decided when this was called.</summary>
    internal async Task ShadowFollowsAsync()
    {
        LogIndex wanted = (await StatusAsync()).Masters.Single(static one => one.IsPrimary).LogIndex;
        ClusterStatusReply? last = null;
        await Condition.HoldsAsync(
            async () => (last = await StatusAsync()).Masters.Single(static one => !one.IsPrimary).LogIndex >= wanted,
            () => $"the shadow reaches record {wanted}; {string.Join(", ", last!.Masters.Select(Text))}\n{Told()}");
    }

    /// <summary>Moves a shard of a group to another one, and waits until that is done. Answers which.</summary>
    internal async Task<int> MoveAsync(string source, string target)
    {
        int shard = (await StatusAsync()).Config.Shards.First(one => one.Value == new GroupId(source)).Key;
        await MoveAsync(shard, target);
        return shard;
    }

    /// <summary>Moves a shard, and waits until that is done.</summary>
    internal async Task MoveAsync(int shard, string target)
    {
        MigrateShard request = new(new ShardId(shard), new GroupId(target));
        Message? answer = null;
        await Condition.HoldsAsync(
            async () => (answer = await AskAsync(request)) is MoveStatus { IsDone: true }
                && (await StatusAsync()).Config.Shards[shard] == new GroupId(target),
            () => $"shard {shard} is moved to {target}; {(answer as MoveStatus)?.Phase}, {(answer as MoveStatus)?.Text}\n{Told()}");
    }

    /// <summary>The last error that a group's silo of the earlier release has logged of a node; null for none.</summary>
    internal string? LastErrorOfEarlier(string group) => Array.FindLast(
        _runs[group][0].Lines, static line => line.Contains(" fail: OrleansShards.", StringComparison.Ordinal));

    /// <summary>What all silos have logged of late.</summary>
    internal string Told() => string.Join('\n', _runs.SelectMany(static slot => slot.Value.SelectMany((run, index) =>
        run.Lines.TakeLast(LinesTold).Select(line => $"{slot.Key}#{index + 1} {line}"))));

    public async ValueTask DisposeAsync()
    {
        foreach (OutsideClient client in _clients)
            await client.DisposeAsync();

        foreach (SiloRun run in _runs.Values.SelectMany(static runs => runs))
            run.Dispose();
    }

    private async Task<MasterName> LeaderAsync() => (await StatusAsync()).Masters.Single(static one => one.IsPrimary).Name;

    private async Task<bool> IsHomeAsync(string master)
    {
        try
        {
            global::Orleans.IClusterClient grains = _clients[0].Grains;
            IMasterRole grain = new GrainCalls(grains, SiloFleet.Definition).Master(new MasterName(master));
            SiloAddress? silo = await grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain).AsTask().WaitAsync(AskLimit);
            return silo?.Endpoint.Port == _ports[master][0];
        }
        catch (Exception failure) when (failure is OrleansException or TimeoutException)
        {
            return false;
        }
    }

    private static string Text(MasterStatus master) => $"{master.Name}{(master.IsPrimary ? " leads" : "")} at {master.LogIndex}";

    private void Start(string group, string program) => _runs[group].Add(new SiloRun(
        program, _ports[group], [],
        [
            "--name", group, "--groups", group, "--nodes", string.Join(',', Groups), "--shards", $"{SiloFleet.ShardCount}",
            "--cluster-id", clusterId, .. options,
        ]));
}
