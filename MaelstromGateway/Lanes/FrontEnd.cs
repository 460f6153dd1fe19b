using System.Runtime.InteropServices;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>
/// The gateway's state: who waits for what, and who has said how much. It hands requests to the cluster, each at its turn in
/// its lane, and writes the replies. One thread at a time: the reader's until there is a cluster (<see cref="Open"/>), the
/// router's from then on.
/// </summary>
/// <param name="output">Where replies go.</param>
/// <param name="budget">Where answered requests are given back.</param>
/// <param name="deadlines">How long requests may take.</param>
/// <param name="log">Where faults of ours are reported.</param>
internal sealed class FrontEnd(OutputQueue output, RequestBudget budget, Deadlines deadlines, GatewayLog log)
{
    // Nodes that do not exist speak too, to say so. Should somebody go through very many of those, the later ones are
    // not remembered: each of their messages is number 0.
    private const int NodesMax = 65_536;

    private readonly LaneTable _lanes = new();
    private readonly Dictionary<PeerName, long> _nextNumbers = [];
    private readonly ReplyBuffer _replies = new();
    private readonly Queue<GatewayRequest> _held = [];
    private IClusterClient? _cluster;
    private InitAgreement? _agreement;
    private NodeNames? _names;
    private Action? _endOfTurn;
    private int _answeredCount;
    private long _answeredBytes;
    private bool _turnIsEnding;
    private bool _awaitsRoom;
    private bool _stopping;

    /// <summary>Answers a request without a cluster, at once: with an error, or <c>init</c> with its ok.</summary>
    internal void Answer(GatewayRequest request, ErrorReply? error)
    {
        Write(request, error, reply: null);
        GiveBack();
    }

    /// <summary>There is a cluster now.</summary>
    /// <param name="cluster">The cluster; its thread is this object's from now on.</param>
    /// <param name="agreement">What was agreed upon, for an <c>init</c> that comes again.</param>
    internal void Open(IClusterClient cluster, InitAgreement agreement)
    {
        _cluster = cluster;
        _agreement = agreement;
        _names = new NodeNames(agreement.Definition);
        _endOfTurn = EndTurn;
    }

    /// <summary>Takes requests in the order they came.</summary>
    internal void Accept(IReadOnlyList<GatewayRequest> requests)
    {
        for (int at = 0; at < requests.Count; at++)
        {
            if (_lanes.Add(requests[at]))
                Begin(requests[at]);
        }
    }

    /// <summary>The cluster has ended a request. On the router's thread, and never while the request is handed in.</summary>
    internal void Completed(GatewayRequest request, ClientOutcome outcome) =>
        Begin(End(request, ErrorTable.Find(outcome), (outcome as ClientOutcome.Applied)?.Reply));

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

            if (IsHandedIn(request, out ErrorReply? error))
                return;

            request = End(request, error, reply: null);
        }
    }

    /// <summary>True if the cluster has the request now; else it has ended, with <paramref name="error"/> or, an <c>init</c>,
    /// well.</summary>
    private bool IsHandedIn(GatewayRequest request, out ErrorReply? error)
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
            log.Error($"a request could not be begun: {fault}");
            error = ErrorTable.Crash(fault);
        }

        return false;
    }

    /// <summary>Why a request is not carried out, as far as that is known without asking the cluster; null where it is.</summary>
    private ErrorReply? RefusalOf(GatewayRequest request)
    {
        string destination = request.Destination.Value;
        return _stopping ? new ErrorReply(ErrorCode.TemporarilyUnavailable, "not carried out: this gateway is stopping")
            : request.Asked is Init init ? _agreement!.Repeat(init, destination)
            : !_names!.IsNode(destination) ? _names.NoDestination(destination)
            : request.Asked is ClientRequest asked ? _names.Check(asked)
            : request.Refusal;
    }

    private GatewayRequest? End(GatewayRequest request, ErrorReply? error, Message? reply)
    {
        Write(request, error, reply);
        if (!_turnIsEnding)
        {
            _turnIsEnding = true;
            _cluster!.Post(_endOfTurn!);
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
        int before = _replies.Count;
        try
        {
            WriteLine(request, error, reply, writer);
        }
        catch (Exception fault)
        {
            // Half a reply must not get out, and a number must not be left out.
            log.Error($"a reply could not be written: {fault}");
            _replies.Truncate(before);
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

    /// <summary>The <c>msg_id</c> of what a node says now: from 0, rising by one.</summary>
    private long TakeNumber(PeerName node)
    {
        bool isRemembered = _nextNumbers.Count < NodesMax || _nextNumbers.ContainsKey(node);
        return isRemembered ? CollectionsMarshal.GetValueRefOrAddDefault(_nextNumbers, node, out _)++ : 0;
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
            output.WhenRoom(() => _cluster!.Post(BeginHeld));
        }
    }

    private void BeginHeld()
    {
        _awaitsRoom = false;
        for (int left = _held.Count; left > 0; left--)
            Begin(_held.Dequeue());
    }
}

/// <summary>How long a request may take from its turn in its lane to its answer.</summary>
/// <param name="OnKey">For operations on keys.</param>
/// <param name="Other">For all others but those below.</param>
internal sealed record Deadlines(TimeSpan OnKey, TimeSpan Other)
{
    /// <summary>For what is answered when a move is at its end.</summary>
    /// <value>60 s unless set: a shard of a million keys is copied in a part of that.</value>
    internal TimeSpan Move { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Which of them holds for a request.</summary>
    internal TimeSpan For(ClientRequest request) => request switch
    {
        ClientRequest.OnKey => OnKey,
        ClientRequest.Move => Move,
        _ => Other,
    };
}
