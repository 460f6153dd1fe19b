using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Transport;
using OrleansShards.Grains.Nodes;
using OrleansShards.Grains.Placement;
using OrleansShards.Grains.Storage;

namespace OrleansShards.Grains.Hosting;

/// <summary>
/// A silo's part in its cluster: opens the store, makes sure that the cluster is founded as this silo was told, keeps
/// masters and groups active, and hands the primary's role over before the silo goes.
/// </summary>
internal sealed partial class ClusterKeeper(
    ClusterIdentity identity,
    ILogStoreSource stores,
    IGrainFactory grains,
    NotificationHub notices,
    LocalMasters localMasters,
    ISiloStatusOracle silos,
    TimeProvider clock,
    IOptions<OrleansShardsOptions> options,
    ILogger<ClusterKeeper> logger) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan RoundInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    // As long as other grains wait before they go home.
    private const int AwayRoundsMax = 5;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<MasterName, int> _awayRounds = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;

    /// <summary>Ends when the cluster is known, founded, and has a primary; fails where it was founded with something else.</summary>
    internal Task Opened => _opened.Task;

    /// <inheritdoc />
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(ClusterKeeper), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    /// <inheritdoc />
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
            await FoundAsync(definition, calls).ConfigureAwait(false);
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

    private async Task FoundAsync(ClusterDefinition definition, GrainCalls calls)
    {
        long startedAt = clock.GetTimestamp();
        string obstacle = "no master has answered";
        for (int attempt = 0; clock.GetElapsedTime(startedAt) < options.Value.OpenLimit; attempt++)
        {
            MasterName asked = definition.Masters[attempt % definition.Masters.Length];
            switch (await AskAsync(calls.Master(asked).Found(new FoundCluster(definition))).ConfigureAwait(false))
            {
                case (ClusterFounded { Primary: not null } founded, _):
                    LogFounded(definition, founded.Primary.Value, founded.Term);
                    return;
                case (MasterRefusal { Kind: MasterRefusalKind.WrongState } refusal, _):
                    throw new ClusterMismatchException(refusal.Text);
                case (MasterReply reply, _):
                    obstacle = $"{asked} answers {reply}";
                    break;
                case (null, string reason):
                    obstacle = $"{asked} does not answer: {reason}";
                    break;
            }

            await Task.Delay(RetryInterval, clock, _stopping.Token).ConfigureAwait(false);
        }

        throw new TimeoutException($"the cluster has not opened within {options.Value.OpenLimit}: {obstacle}");
    }

    private async Task<(MasterReply? Reply, string Reason)> AskAsync(Task<MasterReply> asked)
    {
        try
        {
            return (await asked.WaitAsync(options.Value.OpenLimit, clock, _stopping.Token).ConfigureAwait(false), "");
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return (null, failure.Message);
        }
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

    // Silos that start at once may activate a master each before they know of one another; the directory keeps one, and
    // nobody reaches the others. A master that is here and reached elsewhere leaves; so does one whose own silo is up; and
    // of two that are reached here, one.
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
                LogStray(local.Name, reached);
                local.Leave();
            }
            else if (IsAwayForLong(local, out SiloAddress? home))
            {
                allAreHere = false;
                LogGoesHome(local.Name, home!);
                local.Move();
            }
        }

        if (allAreHere && localMasters.Surplus is { } surplus)
        {
            LogLeaves(surplus.Name);
            surplus.Move();
        }
    }

    /// <summary>Whether the silo with the master's name has been up for so many rounds that it is there to stay.</summary>
    private bool IsAwayForLong(LocalMasters.Entry local, out SiloAddress? home)
    {
        home = localMasters.IsHome(local.Name)
            ? null
            : silos.GetActiveSilos().Order().LastOrDefault(
                silo => silos.TryGetSiloName(silo, out string? name) && name == local.Name.Value);
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
            Message reply = await new GrainCalls(grains, definition).Master(primary).Switchover(new Switchover(other))
                .WaitAsync(options.Value.SwitchoverLimit, clock, cancellationToken).ConfigureAwait(false);
            LogHandedOver(primary, other, reply);
        }
        catch (Exception failure)
        {
            LogNotHandedOver(primary, other, failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "the cluster is open ({Definition}); primary {Primary}, term {Term}")]
    private partial void LogFounded(ClusterDefinition definition, MasterName primary, Term term);

    [LoggerMessage(LogLevel.Error, "the cluster cannot be opened: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(LogLevel.Information, "a second activation of master {Master} leaves this silo; calls reach the one in {Silo}")]
    private partial void LogStray(MasterName master, SiloAddress silo);

    [LoggerMessage(LogLevel.Information, "master {Master} leaves this silo for {Silo}, which has its name")]
    private partial void LogGoesHome(MasterName master, SiloAddress silo);

    [LoggerMessage(LogLevel.Information, "master {Master} leaves this silo, which has the other one too")]
    private partial void LogLeaves(MasterName master);

    [LoggerMessage(LogLevel.Information, "before it stops, {Primary} has handed over to {Other}: {Reply}")]
    private partial void LogHandedOver(MasterName primary, MasterName other, Message reply);

    [LoggerMessage(LogLevel.Warning, "{Primary} stops without having handed over to {Other}: {Reason}")]
    private partial void LogNotHandedOver(MasterName primary, MasterName other, string reason);
}
