using Orleans.Runtime;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Silo.Cli;
using OrleansShards.Tests.Recording;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>
/// Three silos as processes on one PostgreSQL schema, and four clients. A process that has ended is started again, as a
/// supervisor would.
/// </summary>
internal sealed class SiloFleet : IAsyncDisposable
{
    internal const int ShardCount = 12;
    private const int Clients = 4;

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(10);
    private static readonly string[] Groups = ["n1", "n2", "n3"];

    private readonly TestSchema _schema;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<OutsideClient> _clients = [];
    private Task _watching = Task.CompletedTask;

    private SiloFleet(Surroundings? around, IEnumerable<string> options)
    {
        _schema = around?.Schema ?? new TestSchema();
        string[] common =
        [
            "--cluster", "postgres", "--connection", _schema.Options.ConnectionString, "--schema", _schema.Name,
            "--cluster-id", _schema.Name, "--nodes", string.Join(',', Groups), "--shards", $"{ShardCount}", .. options,
        ];
        Slots = [.. Groups.Select(group => new SiloSlot(group, around?.EnvironmentOf(group) ?? [], common))];
    }

    internal static ClusterDefinition Definition { get; } = new(
        [new("n1"), new("n2")], [.. Groups.Select(static group => new GroupId(group))], ShardCount);

    internal IReadOnlyList<SiloSlot> Slots { get; }

    /// <summary>Clients that may talk to all silos.</summary>
    internal IReadOnlyList<OutsideClient> Outside => _clients;

    /// <summary>Starts it, and waits until it is whole. Skips the test where there is no PostgreSQL.</summary>
    /// <param name="options">Further options of every silo.</param>
    internal static Task<SiloFleet> StartAsync(params string[] options) => StartAsync(null, options);

    /// <inheritdoc cref="StartAsync(string[])"/>
    /// <param name="around">Where it runs; else on the database that the test run has.</param>
    /// <param name="options">Further options of every silo.</param>
    internal static async Task<SiloFleet> StartAsync(Surroundings? around, params string[] options)
    {
        SiloFleet fleet = new(around, options);
        try
        {
            foreach (SiloSlot slot in fleet.Slots)
                slot.Start();

            fleet._watching = fleet.WatchAsync();
            foreach (SiloSlot slot in fleet.Slots)
                await Condition.HoldsAsync(slot.IsReadyAsync, () => $"{slot.Group}'s silo is ready; it says:\n{slot.Told()}");

            for (int i = 0; i < Clients; i++)
            {
                fleet._clients.Add(await OutsideClient.ConnectAsync(
                    fleet._schema.Name, new DatabaseSettings(fleet._schema.Options.ConnectionString, fleet._schema.Name)));
            }

            await fleet.SettledAsync();
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>A further client, which talks to these silos only.</summary>
    internal Task<OutsideClient> ConnectAsync(IEnumerable<SiloSlot> slots) =>
        OutsideClient.ConnectAsync(_schema.Name, slots.Select(static slot => slot.GatewayPort));

    /// <summary>
    /// All clients talk to the other silos from now on. What goes through one that hangs and has not been declared dead
    /// waits for it: nothing tells a client that it should try another.
    /// </summary>
    internal async Task AvoidAsync(SiloSlot slot)
    {
        for (int i = 0; i < _clients.Count; i++)
        {
            await _clients[i].DisposeAsync();
            _clients[i] = await ConnectAsync(Slots.Where(other => other != slot));
        }
    }

    /// <summary>Waits until all three silos are up, ready, and members.</summary>
    internal Task SettledAsync() => Condition.HoldsAsync(IsSettledAsync, () => $"three silos, ready and members\n{Told()}");

    /// <summary>Waits until one of the silos has been declared dead.</summary>
    internal Task OneIsDeadAsync() => Condition.HoldsAsync(
        async () => await MembersAsync() == Slots.Count - 1, () => $"one silo is declared dead\n{Told()}");

    /// <summary>What the primary says of the cluster.</summary>
    internal async Task<ClusterStatusReply> StatusAsync()
    {
        ClusterStatusReply? status = null;
        ClientOutcome? last = null;
        await Condition.HoldsAsync(
            async () =>
            {
                last = await _clients[0].AskAsync(new ClientRequest.OfPrimary(new QueryClusterStatus()), AskLimit);
                status = (last as ClientOutcome.Applied)?.Reply as ClusterStatusReply;
                return status is not null;
            },
            () => $"an answer of the primary; last: {last}\n{Told()}");
        return status!;
    }

    /// <summary>Who sits where.</summary>
    internal async Task<Seats> SeatsAsync()
    {
        ClusterStatusReply status = await StatusAsync();
        MasterName primary = status.Masters.Single(static master => master.IsPrimary).Name;
        GrainCalls calls = new(_clients[0].Grains, Definition);
        SiloSlot? home = null;
        List<(SiloSlot Slot, int Shard)> shards = [];
        await Condition.HoldsAsync(
            async () => (home = await SlotOfAsync(calls.Master(primary))) is not null, () => $"the silo of {primary}\n{Told()}");
        foreach ((int shard, GroupId group) in status.Config.Shards)
        {
            if (await SlotOfAsync(calls.Shard(group, new ShardId(shard))) is { } slot)
                shards.Add((slot, shard));
        }

        return new Seats(home!, shards.ToLookup(static seat => seat.Slot, static seat => seat.Shard));
    }

    /// <summary>Waits until the masters are in two silos: a shadow beside its primary goes with it.</summary>
    internal Task MastersAreApartAsync()
    {
        GrainCalls calls = new(_clients[0].Grains, Definition);
        return Condition.HoldsAsync(
            async () => await SlotOfAsync(calls.Master(Definition.Masters[0])) is { } first
                && await SlotOfAsync(calls.Master(Definition.Masters[1])) is { } second && first != second,
            () => $"the masters in two silos\n{Told()}");
    }

    /// <summary>How often a process was started.</summary>
    internal int Starts => Slots.Sum(static slot => slot.Starts);

    /// <summary>How often silos have logged the event with this number.</summary>
    internal int Logged(int id) => Slots.Sum(slot => slot.Logged(id));

    /// <summary>What all silos have logged of late.</summary>
    internal string Told() => string.Join('\n', Slots.Select(static slot => slot.Told()));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        foreach (OutsideClient client in _clients)
            await client.DisposeAsync();

        foreach (SiloSlot slot in Slots)
            slot.Dispose();

        _stop.Dispose();
        await _schema.AskAsync($"drop schema if exists {_schema.Name}_membership cascade");
        await _schema.DisposeAsync();
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(50));
        try
        {
            while (await looks.WaitForNextTickAsync(_stop.Token))
            {
                foreach (SiloSlot slot in Slots.Where(static slot => slot is { IsRunning: false, HoldsBack: false }))
                    slot.Start();
            }
        }
        catch (OperationCanceledException)
        {
            // The fleet ends.
        }
    }

    private async Task<bool> IsSettledAsync()
    {
        foreach (SiloSlot slot in Slots)
        {
            if (!await slot.IsReadyAsync())
                return false;
        }

        return await MembersAsync() == Slots.Count && Slots.All(static slot => slot.IsRunning);
    }

    /// <summary>How many silos are members; null where nobody says.</summary>
    private async Task<int?> MembersAsync()
    {
        try
        {
            var members = await _clients[0].Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true).WaitAsync(AskLimit);
            return members.Count;
        }
        catch (Exception failure) when (failure is OrleansException or TimeoutException)
        {
            return null;
        }
    }

    private async Task<SiloSlot?> SlotOfAsync(IAddressable grain)
    {
        try
        {
            SiloAddress? silo = await _clients[0].Grains.GetGrain<IManagementGrain>(0)
                .GetActivationAddress(grain).AsTask().WaitAsync(AskLimit);
            return Slots.FirstOrDefault(slot => slot.SiloPort == silo?.Endpoint.Port);
        }
        catch (Exception failure) when (failure is OrleansException or TimeoutException)
        {
            return null;
        }
    }
}
