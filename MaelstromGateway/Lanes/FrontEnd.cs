using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>
/// The gateway's state: who waits for what, and who has said how much. One thread at a time: the reader's until there
/// is a cluster (<see cref="Open"/>), the loop's of that from then on.
/// </summary>
/// <param name="output">Where replies go.</param>
/// <param name="budget">Where answered requests are given back.</param>
/// <param name="log">Where faults of ours are reported.</param>
internal sealed class FrontEnd(OutputQueue output, RequestBudget budget, GatewayLog log) : IReplyReceiver
{
    private readonly LaneTable _lanes = new();
    private readonly MessageCounters _counters = new();
    private readonly ReplyBuffer _replies = new();
    private readonly Queue<GatewayRequest> _held = [];
    private RequestCarrier? _carrier;
    private InitAgreement? _agreement;
    private Action? _endOfTurn;
    private int _answeredCount;
    private long _answeredBytes;
    private bool _turnIsEnding;
    private bool _awaitsRoom;
    private bool _stopping;

    /// <summary>Answers a request without a cluster, at once.</summary>
    internal void Answer(GatewayRequest request, IReply reply)
    {
        Write(request, reply);
        GiveBack();
    }

    /// <summary>There is a cluster now.</summary>
    /// <param name="carrier">The way to it.</param>
    /// <param name="agreement">What was agreed upon, for an <c>init</c> that comes again.</param>
    internal void Open(RequestCarrier carrier, InitAgreement agreement)
    {
        _carrier = carrier;
        _agreement = agreement;
        _endOfTurn = EndTurn;
    }

    /// <summary>Takes requests in the order they came.</summary>
    internal void Accept(IReadOnlyList<GatewayRequest> requests)
    {
        for (int at = 0; at < requests.Count; at++)
        {
            if (_lanes.Add(requests[at]))
            {
                Begin(requests[at]);
            }
        }
    }

    /// <inheritdoc/>
    public void Replied(GatewayRequest request, IReply reply) => Begin(End(request, reply));

    /// <summary>Begins nothing more: what still waits for its turn is refused, and told so.</summary>
    internal void RefuseTheRest()
    {
        _stopping = true;
        BeginHeld();
    }

    private void Begin(GatewayRequest? request)
    {
        while (request is not null)
        {
            if (output.IsFull && !_stopping)
            {
                Hold(request);
                return;
            }

            if (Carry(request) is not { } reply)
            {
                return;
            }

            request = End(request, reply);
        }
    }

    private IReply? Carry(GatewayRequest request)
    {
        if (_stopping)
        {
            return new ErrorReply(ErrorCode.TemporarilyUnavailable, "not carried out: this gateway is stopping");
        }

        try
        {
            return request.Operation is InitOperation init
                ? _agreement!.Repeat(init, request.Destination.Value)
                : _carrier!.Carry(request, this);
        }
        catch (Exception fault)
        {
            log.Error($"a request could not be begun: {fault}");
            return ErrorTable.Crash(fault);
        }
    }

    private GatewayRequest? End(GatewayRequest request, IReply reply)
    {
        Write(request, reply);
        if (!_turnIsEnding)
        {
            _turnIsEnding = true;
            _carrier!.Post(_endOfTurn!);
        }

        return _lanes.Remove(request);
    }

    private void Write(GatewayRequest request, IReply reply)
    {
        _answeredCount++;
        _answeredBytes += request.LineBytes;
        if (request.MessageId is null)
        {
            return;
        }

        long number = _counters.Take(request.Destination);
        int before = _replies.Count;
        try
        {
            Write(request, reply, number);
        }
        catch (Exception fault)
        {
            // Half a reply must not get out, and a number must not be left out.
            log.Error($"a reply could not be written: {fault}");
            _replies.Truncate(before);
            Write(request, ErrorTable.Crash(fault), number);
        }
    }

    private void Write(GatewayRequest request, IReply reply, long number)
    {
        var writer = new ReplyWriter(_replies, request, number);
        reply.Write(ref writer);
        writer.End();
    }

    // Replies go out, and budget back, once for all that was answered in one go.
    private void EndTurn()
    {
        _turnIsEnding = false;
        GiveBack();
    }

    private void GiveBack()
    {
        _replies.MoveTo(output);
        budget.Release(_answeredCount, _answeredBytes);
        _answeredCount = 0;
        _answeredBytes = 0;
    }

    // A consumer that does not read must not make us keep ever more replies for it.
    private void Hold(GatewayRequest request)
    {
        _held.Enqueue(request);
        if (!_awaitsRoom)
        {
            _awaitsRoom = true;
            output.WhenRoom(() => _carrier!.Post(BeginHeld));
        }
    }

    private void BeginHeld()
    {
        _awaitsRoom = false;
        for (int left = _held.Count; left > 0; left--)
        {
            Begin(_held.Dequeue());
        }
    }
}
