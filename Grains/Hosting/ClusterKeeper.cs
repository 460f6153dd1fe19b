using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Nodes;
using OrleansShards.Grains.Placement;
using OrleansShards.Grains.Storage;

namespace OrleansShards.Grains.Hosting;

/// <summary>
/// A silo's part in its cluster: opens the store, creates the cluster or checks its definition, keeps masters and groups active, and
/// starts a switchover before the silo stops.
/// </summary>
internal sealed partial class ClusterKeeper(
    ClusterIdentity identity, ILogStoreSource stores, IGrainFactory grains, NotificationHub notices, LocalMasters localMasters,
    ISiloStatusOracle silos, TimeProvider clock, IOptions<OrleansShardsOptions> options, ILogger<ClusterKeeper> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan RoundInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    // As long as PlacedGrain waits before it migrates.
    private const int AwayRoundsMax = 5;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<MasterName, int> _awayRounds = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;

    /// <summary>
    /// Completes when the cluster is known and has a primary. Fails if it cannot be opened, with a <see cref="ClusterMismatchException"/>
    /// if it was created with another definition.
    /// </summary>
    internal Task Opened => _opened.Task;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(ClusterKeeper), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    public void Dispose() => _stopping.Dispose();

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await stores.OpenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        if (options.Value.Definition() is { } definition)
            identity.Set(definition);

        _running = Task.Run(RunAsync, CancellationToken.None);
        if (identity.Known.IsCompleted)
            await Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (identity.Known.IsCompletedSuccessfully)
            await SwitchoverAsync(await identity.Known.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        try
        {
            ClusterDefinition definition = await identity.Known.WaitAsync(_stopping.Token).ConfigureAwait(false);
            GrainCalls calls = new(grains, definition);
            await OpenAsync(definition, calls).ConfigureAwait(false);
            await using NoticeSubscription subscription = new(grains, definition, clock, notices.Post);
            _opened.TrySetResult();
            await KeepAsync(definition, calls).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            _opened.TrySetCanceled();
        }
        catch (Exception failure)
        {
            LogFailed(failure.Message);
            _opened.TrySetException(failure);
        }
    }

    private async Task OpenAsync(ClusterDefinition definition, GrainCalls calls)
    {
        long startedAt = clock.GetTimestamp();
        string obstacle = "no master has answered";
        for (int attempt = 0; clock.GetElapsedTime(startedAt) < options.Value.OpenLimit; attempt++)
        {
            MasterName asked = definition.Masters[attempt % definition.Masters.Length];
            try
            {
                MasterReply reply = await calls.Master(asked).Create(new CreateCluster(definition))
                    .WaitAsync(options.Value.OpenLimit, clock, _stopping.Token).ConfigureAwait(false);
                if (reply is ClusterCreated { Primary: { } primary } created)
                {
                    LogOpened(definition, primary, created.Term);
                    return;
                }

                obstacle = reply is MasterRefusal { Kind: MasterRefusalKind.WrongState } refusal
                    ? throw new ClusterMismatchException(refusal.Text)
                    : $"{asked} {reply.InWords()}";
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or ClusterMismatchException))
            {
                obstacle = $"{asked} does not answer: {failure.Message}";
            }

            await Task.Delay(RetryInterval, clock, _stopping.Token).ConfigureAwait(false);
        }

        throw new TimeoutException($"the cluster has not opened within {options.Value.OpenLimit}: {obstacle}");
    }

    private async Task KeepAsync(ClusterDefinition definition, GrainCalls calls)
    {
        using PeriodicTimer timer = new(RoundInterval, clock);
        while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
        {
            foreach (GroupId group in definition.Groups)
                grains.GetGrain<IGroupGrain>(group.Value).Ping().Ignore();

            if (silos.GetActiveSilos().Length > 1)
                await SeparateAsync(calls).ConfigureAwait(false);
        }
    }

    // Two masters should not share a silo, and calls should reach every activation:
    // 1. Silos that start at once may each activate a master before they know of one another. The grain directory keeps one, and calls
    //    never reach the others. An activation here whose calls arrive elsewhere is deactivated.
    // 2. A master whose own silo is up migrates there.
    // 3. If calls reach both masters here, one of them migrates.
    private async Task SeparateAsync(GrainCalls calls)
    {
        bool allAreHere = true;
        foreach (LocalMasters.Entry local in localMasters.All)
        {
            if (await FindAsync(calls.Master(local.Name)).ConfigureAwait(false) is not { } reached)
            {
                allAreHere = false;
            }
            else if (!reached.Equals(localMasters.Silo))
            {
                allAreHere = false;
                LogDuplicate(local.Name, reached);
                local.Deactivate();
            }
            else if (IsAwayForLong(local, out SiloAddress? home))
            {
                allAreHere = false;
                LogMigratesHome(local.Name, home!);
                local.Migrate();
            }
        }

        if (allAreHere && localMasters.Surplus is { } surplus)
        {
            LogMigratesAway(surplus.Name);
            surplus.Migrate();
        }
    }

    // Whether the silo with the master's name has been up for enough rounds to be considered stable.
    private bool IsAwayForLong(LocalMasters.Entry local, out SiloAddress? home)
    {
        home = localMasters.IsHome(local.Name) ? null : MasterPlacement.NamedSilo(silos, silos.GetActiveSilos(), local.Name);
        int rounds = home is null ? 0 : _awayRounds.GetValueOrDefault(local.Name) + 1;
        bool isForLong = rounds > AwayRoundsMax;
        _awayRounds[local.Name] = isForLong ? 0 : rounds;
        return isForLong;
    }

    private async Task<SiloAddress?> FindAsync(IMasterRole master)
    {
        try
        {
            return await master.Silo().WaitAsync(RoundInterval, clock, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return null;
        }
    }

    private async Task SwitchoverAsync(ClusterDefinition definition, CancellationToken cancellationToken)
    {
        if (localMasters.Primary is not { } primary
            || definition.OtherThan(primary) is not { } other
            || !silos.GetActiveSilos().Any(silo => !silo.Equals(silos.SiloAddress)))
        {
            return;
        }

        try
        {
            MasterReply reply = await new GrainCalls(grains, definition).Master(primary).Switchover(new Switchover(other))
                .WaitAsync(options.Value.SwitchoverLimit, clock, cancellationToken).ConfigureAwait(false);
            LogSwitchedOver(primary, other, reply.InWords());
        }
        catch (Exception failure)
        {
            LogNotSwitchedOver(primary, other, failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "the cluster is open ({Definition}); primary {Primary}, term {Term}")]
    private partial void LogOpened(ClusterDefinition definition, MasterName primary, Term term);

    [LoggerMessage(LogLevel.Error, "the cluster cannot be opened: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(LogLevel.Information, "a second activation of master {Master} here is deactivated; calls reach the one on {Silo}")]
    private partial void LogDuplicate(MasterName master, SiloAddress silo);

    [LoggerMessage(LogLevel.Information, "master {Master} migrates to {Silo}, which has its name")]
    private partial void LogMigratesHome(MasterName master, SiloAddress silo);

    [LoggerMessage(LogLevel.Information, "master {Master} migrates away from this silo, which has the other master too")]
    private partial void LogMigratesAway(MasterName master);

    [LoggerMessage(LogLevel.Information, "before the silo stops, {Primary} was asked to switch over to {Other}: it {Reply}")]
    private partial void LogSwitchedOver(MasterName primary, MasterName other, string reply);

    [LoggerMessage(LogLevel.Warning, "{Primary} stops without a switchover to {Other}: {Reason}")]
    private partial void LogNotSwitchedOver(MasterName primary, MasterName other, string reason);
}
