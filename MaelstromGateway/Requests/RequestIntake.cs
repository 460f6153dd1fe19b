using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.MaelstromGateway.Requests;

/// <summary>
/// Parses lines into requests on the reader's thread and, once the cluster is open, posts them to its loop in batches. Until then it
/// waits for <c>init</c>, and during <c>init</c> for the cluster, so no request overtakes it.
/// </summary>
internal sealed class RequestIntake(
    EnvelopeReader envelopes, FrontEnd frontEnd, ClusterOpening opening, RequestBudget budget, int batchCountMax, GatewayLog log)
    : ILineSink
{
    private const int BatchBytes = 65_536;

    private List<GatewayRequest> _batch = [];
    private long _batchBytes;
    private long _lineNumber;
    private IClusterClient? _cluster;

    public void OnLine(ReadOnlyMemory<byte> line)
    {
        // Shells and editors of some systems begin what they write with a byte order mark.
        if (++_lineNumber == 1 && line.Span.StartsWith("\uFEFF"u8))
            line = line["\uFEFF"u8.Length..];

        if (line.Span.IndexOfAnyExcept(" \r\t"u8) < 0)
            return;

        GatewayRequest? request = envelopes.Read(line, out string? complaint);
        if (complaint is not null)
            log.Warning($"line {_lineNumber} is skipped: {complaint}: {FieldTexts.Excerpt(line.Span)}");

        if (request is not null)
            Take(request);
    }

    public void OnTooLong(ReadOnlySpan<byte> beginning)
    {
        _lineNumber++;
        log.Warning($"line {_lineNumber} is skipped: it is longer than allowed: {FieldTexts.Excerpt(beginning)}");
    }

    public void OnPause()
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
        if (_cluster is null && !opening.IsOpen(out ErrorReply? refusal))
        {
            budget.Acquire(1, request.LineBytes);
            ErrorReply? error = request.Asked is Init init ? opening.Open(init, request.Destination.Value) : request.Refusal ?? refusal;
            frontEnd.Answer(request, error);
            return;
        }

        if (_cluster is null)
        {
            _cluster = opening.Cluster!;
            frontEnd.Attach(_cluster, opening.Agreement!);
        }

        if (_batch.Count == batchCountMax || (_batch.Count > 0 && _batchBytes + request.LineBytes > BatchBytes))
            OnPause();

        _batch.Add(request);
        _batchBytes += request.LineBytes;
    }
}
