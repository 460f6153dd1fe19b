using System.Buffers;
using System.Runtime.InteropServices;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Cli;
using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.MaelstromGateway.Requests;

/// <summary>
/// The gateway's state: the request lanes and each node's next message number. Submits requests to the cluster, each at its turn in its
/// lane, and writes the replies. For one thread at a time: the reader's until <see cref="Attach"/>, the router's from then on.
/// </summary>
internal sealed class FrontEnd(OutputQueue output, RequestBudget budget, Deadlines deadlines, GatewayLog log)
{
    // Nodes that do not exist send errors too. Beyond this many nodes a new one is not remembered: each of its messages is number 0.
    private const int NodesMax = 65_536;

    // A buffer that grew for very long replies is not kept.
    private const int KeptBytesMax = 1_048_576;
    private const int FirstBytes = 65_536;

    private readonly LaneTable _lanes = new();
    private readonly Dictionary<PeerName, long> _nextNumbers = [];
    private readonly Queue<GatewayRequest> _held = [];
    private ArrayBufferWriter<byte> _replies = new(FirstBytes);
    private IClusterClient? _cluster;
    private InitAgreement? _agreement;
    private Action? _flush;
    private int _answeredCount;
    private long _answeredBytes;
    private bool _isFlushPosted;
    private bool _awaitsRoom;
    private bool _stopping;

    /// <summary>Answers a request at once, while there is no cluster: with an error, or an <c>init</c> with its ok.</summary>
    internal void Answer(GatewayRequest request, ErrorReply? error)
    {
        Write(request, error, reply: null);
        Flush();
    }

    /// <summary>The cluster is open; from now on this object belongs to the cluster's thread.</summary>
    internal void Attach(IClusterClient cluster, InitAgreement agreement)
    {
        _cluster = cluster;
        _agreement = agreement;
        _flush = Flush;
    }

    /// <summary>Takes requests in the order in which they came.</summary>
    internal void Accept(IReadOnlyList<GatewayRequest> requests)
    {
        foreach (GatewayRequest request in requests)
        {
            if (_lanes.Add(request))
                Begin(request);
        }
    }

    /// <summary>The cluster has completed a request. In a router's turn, never during <see cref="IClusterClient.Submit"/>.</summary>
    internal void OnCompleted(GatewayRequest request, ClientOutcome outcome) =>
        Begin(End(request, ErrorTable.Find(outcome), (outcome as ClientOutcome.Applied)?.Reply));

    /// <summary>Refuses all requests that have not been submitted, now and later.</summary>
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
                // A consumer that does not read must not make the gateway keep more and more replies for it.
                _held.Enqueue(request);
                if (!_awaitsRoom)
                {
                    _awaitsRoom = true;
                    output.WhenRoom(() => _cluster!.Post(BeginHeld));
                }

                return;
            }

            if (TrySubmit(request, out ErrorReply? error))
                return;

            request = End(request, error, reply: null);
        }
    }

    /// <summary>False if the request is to be answered now: with <paramref name="error"/>, or an <c>init</c> with its ok.</summary>
    private bool TrySubmit(GatewayRequest request, out ErrorReply? error)
    {
        try
        {
            error = RefusalOf(request);
            if (error is null && request.Asked is ClientRequest asked)
            {
                request.FrontEnd = this;
                _cluster!.Submit(asked, deadlines.For(asked), request);
                return true;
            }
        }
        catch (Exception fault)
        {
            log.Error($"a request could not be submitted: {fault}");
            error = ErrorTable.Crash(fault);
        }

        return false;
    }

    /// <summary>Why a request is refused without asking the cluster, or null.</summary>
    private ErrorReply? RefusalOf(GatewayRequest request)
    {
        string destination = request.Destination.Value;
        return _stopping ? new ErrorReply(ErrorCode.TemporarilyUnavailable, "not carried out: this gateway is stopping")
            : request.Asked is Init init ? _agreement!.Repeat(init, destination)
            : _agreement!.Names.CheckDestination(destination, request.Asked)
                ?? (request.Asked is ClientRequest asked ? _agreement.Names.Check(asked) : request.Refusal);
    }

    /// <summary>Answers a request, and returns the next one of its lane.</summary>
    private GatewayRequest? End(GatewayRequest request, ErrorReply? error, Message? reply)
    {
        Write(request, error, reply);
        if (!_isFlushPosted)
        {
            // All that is answered before the loop's next turn is flushed together.
            _isFlushPosted = true;
            _cluster!.Post(_flush!);
        }

        return _lanes.Remove(request);
    }

    private void Write(GatewayRequest request, ErrorReply? error, Message? reply)
    {
        _answeredCount++;
        _answeredBytes += request.LineBytes;
        if (request.MessageId is null)
            return;

        var writer = new ReplyWriter(_replies, request, TakeNumber(request.Destination));
        int before = _replies.WrittenCount;
        try
        {
            WriteLine(request, error, reply, writer);
        }
        catch (Exception fault)
        {
            // Half a reply must not be sent, and no message number be left out: truncate, and answer with the fault.
            log.Error($"a reply could not be written: {fault}");
            _replies.ResetWrittenCount();
            _replies.Advance(before);
            WriteLine(request, ErrorTable.Crash(fault), null, writer);
        }
    }

    private static void WriteLine(GatewayRequest request, ErrorReply? error, Message? reply, ReplyWriter writer)
    {
        if (error is not null)
            error.Write(ref writer);
        else
            request.Handler!.WriteReply(request.Asked!, reply, ref writer);

        writer.End();
    }

    /// <summary>The <c>msg_id</c> of a node's next message: from 0, rising by one.</summary>
    private long TakeNumber(PeerName node)
    {
        bool isRemembered = _nextNumbers.Count < NodesMax || _nextNumbers.ContainsKey(node);
        return isRemembered ? CollectionsMarshal.GetValueRefOrAddDefault(_nextNumbers, node, out _)++ : 0;
    }

    /// <summary>Sends the replies written so far, and releases the budget of their requests.</summary>
    private void Flush()
    {
        _isFlushPosted = false;
        if (_replies.WrittenCount > 0)
            output.Append(_replies.WrittenSpan);

        if (_replies.Capacity > KeptBytesMax)
            _replies = new ArrayBufferWriter<byte>(FirstBytes);

        _replies.ResetWrittenCount();
        budget.Release(_answeredCount, _answeredBytes);
        _answeredCount = 0;
        _answeredBytes = 0;
    }

    private void BeginHeld()
    {
        _awaitsRoom = false;
        for (int left = _held.Count; left > 0; left--)
            Begin(_held.Dequeue());
    }
}

/// <summary>
/// The request lanes. A lane is a linked list of the requests of one source to one destination, in order: the first is under way, the
/// others wait. The table has the last request of each lane that is not empty.
/// </summary>
internal sealed class LaneTable
{
    private readonly Dictionary<(PeerName Source, PeerName Destination), GatewayRequest> _last = [];

    /// <summary>Appends a request to its lane; true if it is the first there, and must be begun.</summary>
    internal bool Add(GatewayRequest request)
    {
        ref GatewayRequest? last = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _last, (request.Source, request.Destination), out bool exists);
        if (exists)
            last!.Next = request;

        last = request;
        return !exists;
    }

    /// <summary>Removes the first request of its lane, and returns the one behind it.</summary>
    internal GatewayRequest? Remove(GatewayRequest first)
    {
        if (first.Next is null)
            _last.Remove((first.Source, first.Destination));

        return first.Next;
    }
}
