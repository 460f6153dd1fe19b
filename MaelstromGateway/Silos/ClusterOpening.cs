using OrleansShards.Grains.Hosting;
using OrleansShards.MaelstromGateway.Cli;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// Opens the cluster that an <c>init</c> describes, and returns a client of it once it has a primary. <paramref name="self"/> is the
/// <c>node_id</c>. Called once at a time; each call is a new attempt.
/// </summary>
/// <exception cref="ClusterMismatchException">It was created with another definition; the text has both.</exception>
/// <exception cref="TimeoutException">It does not answer yet; the text says what was tried.</exception>
/// <exception cref="Exception">Anything else: it cannot be opened; the text says what to do.</exception>
internal delegate Task<IClusterClient> ClusterOpener(ClusterDefinition definition, string self, CancellationToken cancellationToken);

/// <summary>
/// Opens the cluster for an <c>init</c>. An attempt that fails permanently leaves nothing behind, and <c>init</c> may be sent again.
/// Maelstrom however sends one <c>init</c> and waits ten seconds for its reply. Therefore a valid <c>init</c> is answered after
/// <see cref="GatewayOptions.InitLimit"/> in any case; the opening continues, and requests are refused until it succeeds. For the reader's
/// thread, except for <see cref="Stop"/> and <see cref="DisposeAsync"/>.
/// </summary>
internal sealed class ClusterOpening(ClusterOpener open, GatewayOptions options, GatewayLog log) : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    // Not disposed, as a signal may still cancel it; it has neither a timer nor a handle.
    private readonly CancellationTokenSource _stopping = new();
    private Task<IClusterClient>? _opening;
    private volatile string _obstacle = "";
    private volatile bool _isPromised;
    private volatile IClusterClient? _cluster;

    /// <summary>The agreement that the cluster is, or is being, opened with.</summary>
    internal InitAgreement? Agreement { get; private set; }

    /// <summary>The cluster, after <see cref="IsOpen"/> has returned true. Any thread.</summary>
    internal IClusterClient? Cluster => _cluster;

    /// <summary>Opens the cluster, or waits for it again. Returns the error for the <c>init</c>, or null for <c>init_ok</c>.</summary>
    internal ErrorReply? Open(Init init, string destination)
    {
        if (Agreement is { } known)
            return known.Repeat(init, destination) ?? Await();

        InitAgreement agreement = new(init, options.Shards);
        if (agreement.Names.CheckDestination(destination) is { } missing)
            return missing;

        Agreement = agreement;
        WarnOfClusterOfOne(agreement);
        _obstacle = "";
        _isPromised = false;
        Begin(agreement);
        return Await();
    }

    /// <summary>Whether the cluster is open; if not, <paramref name="refusal"/> is the reply to a request.</summary>
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
            // 1. An attempt fails permanently. 2. Before that is seen, init is answered. Since then no failure is permanent: try again.
            _obstacle = failure.Message;
            Begin(Agreement!);
        }

        refusal = _opening is null ? Unavailable("not carried out: init has to come first")
            : failure is ClusterMismatchException ? new ErrorReply(ErrorCode.PreconditionFailed, failure.Message)
            : Unavailable("not carried out: the cluster is still being opened: "
                + (_obstacle.Length > 0 ? _obstacle : "its silos have not answered yet"));
        return false;
    }

    /// <summary>Ends the waiting: an <c>init</c> under way is refused. Any thread.</summary>
    internal void Stop() => _stopping.Cancel();

    /// <summary>Closes the cluster, open or being opened. Called after the reader's end.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        if (_opening is null)
            return;

        await ((Task)_opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_opening.IsCompletedSuccessfully)
            await _opening.Result.DisposeAsync().ConfigureAwait(false);
    }

    private static ErrorReply Unavailable(string text) => new(ErrorCode.TemporarilyUnavailable, text);

    private void Begin(InitAgreement agreement) => _opening = Task.Run(() => OpenAsync(agreement.Definition, agreement.Self));

    private ErrorReply? Await()
    {
        try
        {
            if (_opening!.Wait((int)options.InitLimit.TotalMilliseconds, _stopping.Token))
                return null;
        }
        catch (OperationCanceledException)
        {
            return Unavailable("not carried out: this gateway is stopping");
        }
        catch (AggregateException fault)
        {
            return OnFailed(fault.InnerException!);
        }

        if (!_isPromised)
        {
            _isPromised = true;
            log.Warning($"init is answered after {options.InitLimit.TotalSeconds:0.#} s although the cluster is not open yet; "
                + "requests are refused until it is");
        }

        return null;
    }

    // Tries until the cluster is open. Only a timeout is tried again; once init has been answered, all but a mismatch is.
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

    private ErrorReply? OnFailed(Exception fault)
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
            : Unavailable($"the cluster could not be opened: {fault.Message}");
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
