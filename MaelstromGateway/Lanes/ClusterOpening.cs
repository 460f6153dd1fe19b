using OrleansShards.Hosting;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>
/// Makes a cluster of an <c>init</c>. One that fails leaves nothing behind and may be tried again; one that takes
/// longer than its deadline goes on, and the next <c>init</c> learns how it went. For the reader's thread.
/// </summary>
/// <param name="open">Opens the cluster.</param>
/// <param name="shardCount">How many shards it is to have.</param>
/// <param name="deadline">How long an <c>init</c> may take.</param>
/// <param name="log">Where a failure is reported.</param>
internal sealed class ClusterOpening(
    ClusterOpener open, int shardCount, TimeSpan deadline, GatewayLog log)
{
    private Task<IRequestCarrier>? _opening;

    /// <summary>What has been agreed upon, or is being tried.</summary>
    internal InitAgreement? Agreement { get; private set; }

    /// <summary>The way to the cluster, once it is open.</summary>
    internal IRequestCarrier? Carrier { get; private set; }

    /// <summary>Opens the cluster, or waits on for it; answers what the <c>init</c> is answered with.</summary>
    internal IReply Open(InitOperation init, string destination)
    {
        if (_opening is not null)
        {
            IReply repeated = Agreement!.Repeat(init, destination);
            return repeated is InitReply ? Await() : repeated;
        }

        Agreement = InitAgreement.Of(init, destination, shardCount, out ErrorReply? error);
        if (Agreement is null)
        {
            return error!;
        }

        try
        {
            _opening = open(Agreement.Definition);
        }
        catch (Exception fault)
        {
            return Failed(fault);
        }

        return Await();
    }

    private IReply Await()
    {
        try
        {
            if (!_opening!.Wait(deadline))
            {
                return new ErrorReply(ErrorCode.Timeout, "the cluster is still being opened; send the same init again");
            }

            Carrier = _opening.Result;
            return InitReply.Instance;
        }
        catch (AggregateException fault)
        {
            return Failed(fault.InnerException!);
        }
    }

    private ErrorReply Failed(Exception fault)
    {
        _opening = null;
        Agreement = null;
        log.Error($"the cluster could not be opened: {fault.Message}");
        return fault is ClusterMismatchException
            ? new ErrorReply(ErrorCode.PreconditionFailed, fault.Message)
            : new ErrorReply(ErrorCode.TemporarilyUnavailable, $"the cluster could not be opened: {fault.Message}");
    }
}
