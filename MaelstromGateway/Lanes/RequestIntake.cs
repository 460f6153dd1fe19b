using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>
/// What the reader's thread does with lines: makes requests of them and, once there is a cluster, passes them to its
/// loop in batches. Before that it waits for <c>init</c>, and then for the cluster: nothing can overtake it.
/// </summary>
/// <param name="envelopes">Makes requests of lines.</param>
/// <param name="frontEnd">Takes the requests.</param>
/// <param name="opening">Makes a cluster of an <c>init</c>.</param>
/// <param name="budget">Makes reading wait for answers.</param>
/// <param name="batchCountMax">Most requests that are passed on together.</param>
/// <param name="log">Where lines are reported that are none.</param>
internal sealed class RequestIntake(
    EnvelopeReader envelopes,
    FrontEnd frontEnd,
    ClusterOpening opening,
    RequestBudget budget,
    int batchCountMax,
    GatewayLog log) : ILineSink
{
    private const int BatchBytes = 65_536;

    private List<GatewayRequest> _batch = [];
    private long _batchBytes;
    private long _lineNumber;
    private IClusterClient? _cluster;

    /// <inheritdoc/>
    public void Line(ReadOnlyMemory<byte> line)
    {
        _lineNumber++;
        if (line.Span.IndexOfAnyExcept(" \r\t"u8) < 0)
            return;

        GatewayRequest? request = envelopes.Read(line, out string? complaint);
        if (complaint is not null)
            log.Warning($"line {_lineNumber} is skipped: {complaint}: {FieldTexts.Excerpt(line.Span)}");

        if (request is not null)
            Take(request);
    }

    /// <inheritdoc/>
    public void TooLong(ReadOnlySpan<byte> beginning)
    {
        _lineNumber++;
        log.Warning($"line {_lineNumber} is skipped: it is longer than allowed: {FieldTexts.Excerpt(beginning)}");
    }

    /// <inheritdoc/>
    public void Pause()
    {
        if (_batch.Count == 0)
            return;

        List<GatewayRequest> batch = _batch;
        budget.Acquire(batch.Count, _batchBytes);
        _cluster!.Post(() => frontEnd.Accept(batch));
        _batch = new List<GatewayRequest>(batch.Count);
        _batchBytes = 0;
    }

    private void Take(GatewayRequest request)
    {
        if (_cluster is null && !Enter(out ErrorReply? refusal))
        {
            budget.Acquire(1, request.LineBytes);
            TakeWithoutCluster(request, refusal!);
            return;
        }

        if (_batch.Count == batchCountMax || (_batch.Count > 0 && _batchBytes + request.LineBytes > BatchBytes))
            Pause();

        _batch.Add(request);
        _batchBytes += request.LineBytes;
    }

    /// <summary>From the moment that the cluster is open all goes to its loop.</summary>
    private bool Enter(out ErrorReply? refusal)
    {
        if (!opening.IsOpen(out refusal))
            return false;

        _cluster = opening.Cluster!;
        frontEnd.Open(_cluster, opening.Agreement!);
        return true;
    }

    private void TakeWithoutCluster(GatewayRequest request, ErrorReply refusal) => frontEnd.Answer(
        request,
        request.Asked is Init init ? opening.Open(init, request.Destination.Value) : request.Refusal ?? refusal);
}
