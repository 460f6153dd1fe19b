using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansShards.Grains.Diagnostics;
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
/// <remarks>
/// Only the silo's stop and another definition end it. Any other failure of the opening or of a round, a cancellation that is not the
/// silo's included, is logged once and tried again.
/// </remarks>
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
    private volatile bool _isAwaited;
    private volatile string _obstacle = "no master has answered";
    private string? _failedRound;

    /// <summary>
    /// Completes when the cluster is known and has a primary. Fails if it can never be opened, with a
    /// <see cref="ClusterMismatchException"/> if it was created with another definition.
    /// </summary>
    internal Task Opened => _opened.Task;

    /// <summary>Why the last attempt to open the cluster has failed.</summary>
    internal string Obstacle => _obstacle;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(ClusterKeeper), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    // If the silo's start has failed, nobody calls StopAsync. Repeatable: the container knows this object under two types.
    public void Dispose() => _stopping.Cancel();

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await stores.OpenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        if (options.Value.Definition() is { } definition)
            identity.Set(definition);

        CancellationToken stop = _stopping.Token;
        _isAwaited = identity.Known.IsCompleted;
        _running = Task.Run(() => RunAsync(stop), CancellationToken.None);
        if (_isAwaited)
            await WaitUntilOpenAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (identity.Known.IsCompletedSuccessfully)
            await SwitchoverAsync(await identity.Known.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    private async Task WaitUntilOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Opened.WaitAsync(options.Value.OpenLimit, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The start has failed, and with it the silo.
            await _stopping.CancelAsync().ConfigureAwait(false);
            throw new TimeoutException(NotOpenYet());
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            ClusterDefinition definition = await identity.Known.WaitAsync(stop).ConfigureAwait(false);
            GrainCalls calls = new(grains, definition);
            await OpenAsync(definition, calls, stop).ConfigureAwait(false);
            await KeepAsync(definition, calls, stop).ConfigureAwait(false);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            _opened.TrySetCanceled(CancellationToken.None);
        }
        catch (Exception failure)
        {
            LogFailed(failure.Message);
            _opened.TrySetException(failure);
        }
    }

    private async Task OpenAsync(ClusterDefinition definition, GrainCalls calls, CancellationToken stop)
    {
        long startedAt = clock.GetTimestamp();
        bool isLate = false;
        for (int attempt = 0; ; attempt++)
        {
            MasterName asked = definition.Masters[attempt % definition.Masters.Length];
            if (await TryOpenAsync(asked, definition, calls, stop).ConfigureAwait(false))
                return;

            if (!isLate && !_isAwaited && clock.GetElapsedTime(startedAt) >= options.Value.OpenLimit)
            {
                isLate = true;
                LogNotOpenYet(NotOpenYet());
            }

            await Task.Delay(isLate ? RoundInterval : RetryInterval, clock, stop).ConfigureAwait(false);
        }
    }

    /// <exception cref="ClusterMismatchException">It was created with another definition; no attempt will succeed.</exception>
    private async Task<bool> TryOpenAsync(
        MasterName asked, ClusterDefinition definition, GrainCalls calls, CancellationToken stop)
    {
        try
        {
            MasterReply reply = await calls.Master(asked).Create(new CreateCluster(definition))
                .WaitAsync(options.Value.OpenLimit, clock, stop).ConfigureAwait(false);
            if (reply is ClusterCreated { Primary: { } primary } created)
            {
                LogOpened(definition, primary, created.Term);
                if (Carried(definition).Except(definition.Groups).ToArray() is { Length: > 0 } announced)
                    LogAnnounced(string.Join(", ", announced));

                return true;
            }

            if (reply is MasterRefusal { Kind: MasterRefusalKind.WrongState } refusal)
                throw new ClusterMismatchException(refusal.Text);

            _obstacle = $"{asked} {reply.InWords()}";
        }
        catch (Exception failure) when (failure is not ClusterMismatchException && !stop.IsCancellationRequested)
        {
            _obstacle = $"{asked} does not answer: {failure.Message}";
        }

        return false;
    }

    private string NotOpenYet() => $"the cluster has not opened within {options.Value.OpenLimit.TotalSeconds:0.#} s: {_obstacle}";

    private async Task KeepAsync(ClusterDefinition definition, GrainCalls calls, CancellationToken stop)
    {
        NoticeSubscription? subscription = null;
        using PeriodicTimer timer = new(RoundInterval, clock);
        try
        {
            do
            {
                try
                {
                    subscription ??= new NoticeSubscription(grains, definition, clock, notices.Post);
                    _opened.TrySetResult();
                    await KeepOnceAsync(definition, calls, stop).ConfigureAwait(false);
                    _failedRound = null;
                }
                catch (Exception failure) when (!stop.IsCancellationRequested)
                {
                    OnRoundFailed(failure);
                }
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        finally
        {
            if (subscription is not null)
                await subscription.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task KeepOnceAsync(ClusterDefinition definition, GrainCalls calls, CancellationToken stop)
    {
        foreach (GroupId group in Carried(definition).Union(localMasters.Groups))
            grains.GetGrain<IGroupGrain>(group.Value).Ping().Ignore();

        if (silos.GetActiveSilos().Length > 1)
            await SeparateAsync(calls, stop).ConfigureAwait(false);
    }

    /// <summary>
    /// The groups that this silo knows of: those that it was started for and those of the masters that are here; without a master here
    /// those of the definition.
    /// </summary>
    internal IEnumerable<GroupId> Groups(ClusterDefinition definition)
    {
        ImmutableArray<GroupId> known = localMasters.Groups;
        return Carried(definition).Union(known.IsEmpty ? definition.Groups : known);
    }

    private IEnumerable<GroupId> Carried(ClusterDefinition definition) =>
        options.Value.Groups.Select(static name => new GroupId(name)).Where(definition.MayHave);

    // Once until another reason, or until a round has succeeded: it comes every second.
    private void OnRoundFailed(Exception failure)
    {
        if (failure.Message != _failedRound)
            LogRoundFailed(failure, failure.Message);

        _failedRound = failure.Message;
    }

    // Two masters should not share a silo, and calls should reach every activation:
    // 1. Silos that start at once may each activate a master before they know of one another. The grain directory keeps one, and calls
    //    never reach the others. An activation here whose calls arrive elsewhere is deactivated.
    // 2. A master whose own silo is up migrates there.
    // 3. If calls reach both masters here, one of them migrates.
    private async Task SeparateAsync(GrainCalls calls, CancellationToken stop)
    {
        bool allAreHere = true;
        foreach (LocalMasters.Entry local in localMasters.All)
        {
            if (await FindAsync(calls.Master(local.Name), stop).ConfigureAwait(false) is not { } reached)
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

    private async Task<SiloAddress?> FindAsync(IMasterRole master, CancellationToken stop)
    {
        try
        {
            return await master.Silo().WaitAsync(RoundInterval, clock, stop).ConfigureAwait(false);
        }
        catch (Exception) when (!stop.IsCancellationRequested)
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

    [LoggerMessage(LogEvents.ClusterOpened, LogLevel.Information, "the cluster is open ({Definition}); primary {Primary}, term {Term}")]
    private partial void LogOpened(ClusterDefinition definition, MasterName primary, Term term);

    [LoggerMessage(LogEvents.GroupsAnnounced, LogLevel.Information,
        "this silo carries {Groups}, which the cluster was not created with; a group gets shards when it joins")]
    private partial void LogAnnounced(string groups);

    [LoggerMessage(LogEvents.ClusterNotOpened, LogLevel.Error, "the cluster cannot be opened: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(LogEvents.ClusterNotOpenYet, LogLevel.Error, "{Reason}; it is tried again")]
    private partial void LogNotOpenYet(string reason);

    [LoggerMessage(LogEvents.KeeperRoundFailed, LogLevel.Error,
        "the silo's part in keeping masters and groups active has failed, and is tried again: {Reason}")]
    private partial void LogRoundFailed(Exception failure, string reason);

    [LoggerMessage(LogEvents.DuplicateMaster, LogLevel.Information,
        "a second activation of master {Master} here is deactivated; calls reach the one on {Silo}")]
    private partial void LogDuplicate(MasterName master, SiloAddress silo);

    [LoggerMessage(LogEvents.MasterMigratesHome, LogLevel.Information, "master {Master} migrates to {Silo}, which has its name")]
    private partial void LogMigratesHome(MasterName master, SiloAddress silo);

    [LoggerMessage(LogEvents.MasterMigratesAway, LogLevel.Information,
        "master {Master} migrates away from this silo, which has the other master too")]
    private partial void LogMigratesAway(MasterName master);

    [LoggerMessage(LogEvents.SwitchedOverBeforeStop, LogLevel.Information,
        "before the silo stops, {Primary} was asked to switch over to {Other}: it {Reply}")]
    private partial void LogSwitchedOver(MasterName primary, MasterName other, string reply);

    [LoggerMessage(LogEvents.NotSwitchedOverBeforeStop, LogLevel.Warning, "{Primary} stops without a switchover to {Other}: {Reason}")]
    private partial void LogNotSwitchedOver(MasterName primary, MasterName other, string reason);
}
