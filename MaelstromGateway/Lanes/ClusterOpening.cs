using OrleansShards.Grains.Hosting;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>Opens the cluster that an <c>init</c> describes. One call after another; each begins anew.</summary>
/// <param name="definition">The cluster: its masters and groups are the <c>node_ids</c>.</param>
/// <param name="self">Which of its nodes this process is: the <c>node_id</c>.</param>
/// <param name="cancellationToken">Ends the attempt.</param>
/// <returns>The way to the cluster, which has a primary.</returns>
/// <exception cref="ClusterMismatchException">It was started with another definition; the text has both.</exception>
/// <exception cref="TimeoutException">It does not answer, and may yet; the text says what was tried.</exception>
/// <exception cref="Exception">Anything else: it cannot be opened, and the text says what to do about that.</exception>
internal delegate Task<IClusterClient> ClusterOpener(
    ClusterDefinition definition, string self, CancellationToken cancellationToken);

/// <summary>
/// Makes a cluster of an <c>init</c>. An opening that fails for good leaves nothing behind, and the <c>init</c> may be
/// sent again. Who drives this gateway may do neither: Maelstrom waits ten seconds for its one <c>init</c>. So an
/// <c>init</c> that is valid is answered after <see cref="GatewayOptions.InitLimit"/> in any case, the opening continues,
/// and requests are refused until it is done. For the reader's thread, but for <see cref="Stop"/> and
/// <see cref="DisposeAsync"/>.
/// </summary>
/// <param name="open">Opens the cluster.</param>
/// <param name="options">How many shards it is to have, and how long requests may take.</param>
/// <param name="log">Where a failure is reported.</param>
internal sealed class ClusterOpening(ClusterOpener open, GatewayOptions options, GatewayLog log) : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    // Not disposed: a signal may still come, and it has neither a timer nor a handle.
    private readonly CancellationTokenSource _stopping = new();
    private Task<IClusterClient>? _opening;
    private volatile string _obstacle = "";
    private volatile bool _isPromised;
    private volatile IClusterClient? _cluster;

    /// <summary>What has been agreed upon, or is being tried.</summary>
    internal InitAgreement? Agreement { get; private set; }

    /// <summary>The cluster, once it is open and was asked for. Any thread.</summary>
    internal IClusterClient? Cluster => _cluster;

    /// <summary>Opens the cluster, or waits on for it; answers the error that the <c>init</c> is answered with, or null for
    /// <c>init_ok</c>.</summary>
    internal ErrorReply? Open(Init init, string destination)
    {
        if (Agreement is { } known)
            return known.Repeat(init, destination) ?? Await();

        Agreement = InitAgreement.Of(init, destination, options.Shards, out ErrorReply? error);
        if (Agreement is not { } agreement)
            return error;

        WarnOfClusterOfOne(agreement);
        _obstacle = "";
        _isPromised = false;
        Begin(agreement);
        return Await();
    }

    /// <summary>Whether the cluster is open; else <paramref name="refusal"/> is the reply to a request that comes before it is.</summary>
    internal bool IsOpen(out ErrorReply? refusal)
    {
        refusal = null;
        if (_opening is { IsCompletedSuccessfully: true } opened)
        {
            _cluster = opened.Result;
            return true;
        }

        Exception? failure = _opening?.Exception?.InnerException;
        if (failure is not null and not ClusterMismatchException)
        {
            // It failed for good at the very moment that init was answered: since then nothing is for good.
            _obstacle = failure.Message;
            Begin(Agreement!);
        }

        refusal = _opening is null ? new ErrorReply(ErrorCode.TemporarilyUnavailable, "not carried out: init has to come first")
            : failure is ClusterMismatchException ? new ErrorReply(ErrorCode.PreconditionFailed, failure.Message)
            : Refusal(_obstacle.Length > 0 ? _obstacle : "its silos have not answered yet");
        return false;
    }

    /// <summary>Waits no longer: an <c>init</c> under way is refused. Any thread.</summary>
    internal void Stop() => _stopping.Cancel();

    /// <summary>Closes the cluster, open or still being opened. After the reader's end.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        if (_opening is null)
            return;

        await ((Task)_opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_opening.IsCompletedSuccessfully)
            await _opening.Result.DisposeAsync().ConfigureAwait(false);
    }

    private static ErrorReply Refusal(string obstacle) => new(
        ErrorCode.TemporarilyUnavailable, $"not carried out: the cluster is still being opened: {obstacle}");

    private void Begin(InitAgreement agreement) =>
        _opening = Task.Run(() => OpenAsync(agreement.Definition, agreement.Self));

    private ErrorReply? Await()
    {
        try
        {
            if (_opening!.Wait((int)options.InitLimit.TotalMilliseconds, _stopping.Token))
                return null;
        }
        catch (OperationCanceledException)
        {
            return new ErrorReply(ErrorCode.TemporarilyUnavailable, "not carried out: this gateway is stopping");
        }
        catch (AggregateException fault)
        {
            return Failed(fault.InnerException!);
        }

        if (!_isPromised)
        {
            _isPromised = true;
            log.Warning($"init is answered after {options.InitLimit.TotalSeconds:0.#} s although the cluster is not open yet; "
                + "requests are refused until it is");
        }

        return null;
    }

    /// <summary>
    /// Tries until the cluster is open. What time may heal is tried again; what it may not ends the trying, unless
    /// <c>init</c> has been answered already: then only another definition does.
    /// </summary>
    private async Task<IClusterClient> OpenAsync(ClusterDefinition definition, string self)
    {
        while (true)
        {
            try
            {
                return await open(definition, self, _stopping.Token).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is not ClusterMismatchException
                && !_stopping.IsCancellationRequested
                && (_isPromised || failure is TimeoutException))
            {
                if (failure.Message != _obstacle)
                    log.Warning($"the cluster is not open yet, and is tried again: {failure.Message}");

                _obstacle = failure.Message;
            }

            await Task.Delay(RetryAfter, _stopping.Token).ConfigureAwait(false);
        }
    }

    private ErrorReply? Failed(Exception fault)
    {
        log.Error($"the cluster could not be opened: {fault.Message}");
        if (_isPromised)
        {
            IsOpen(out ErrorReply? refusal);
            return refusal;
        }

        _opening = null;
        Agreement = null;
        return fault is ClusterMismatchException
            ? new ErrorReply(ErrorCode.PreconditionFailed, fault.Message)
            : new ErrorReply(ErrorCode.TemporarilyUnavailable, $"the cluster could not be opened: {fault.Message}");
    }

    private void WarnOfClusterOfOne(InitAgreement agreement)
    {
        if (agreement.Definition.Groups.Length > 1 && options.Cluster is null && options.Silos.Count == 0)
        {
            log.Information($"this process is a cluster of its own with all {agreement.Definition.Groups.Length} node_ids; where each of "
                + "them is a process, expected --cluster NAME or --silo HOST:PORT, or they share nothing");
        }
    }
}
