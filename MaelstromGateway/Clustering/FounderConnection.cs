using System.Text;
using OrleansShards.Client;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Hosting;
using OrleansShards.MaelstromGateway.Carriers;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;

namespace OrleansShards.MaelstromGateway.Clustering;

/// <summary>One gateway at its founder: reads requests, has the nodes carry them out, sends replies back.</summary>
internal sealed class FounderConnection(
    FrameStream frames, InProcessCluster cluster, ClusterDefinition definition, string greeting, Deadlines deadlines)
    : IDisposable
{
    private readonly NodeNames _names = new(definition);
    private readonly HandlerTable _handlers = HandlerTable.Protocol();
    private readonly BodyFields _fields = new(definition.ShardCount);

    internal void Start(Action ended) => new Thread(() =>
    {
        Serve();
        ended();
    })
    {
        IsBackground = true,
        Name = "member",
    }.Start();

    /// <inheritdoc/>
    public void Dispose() => frames.Dispose();

    private void Serve()
    {
        try
        {
            if (Greet())
            {
                while (frames.Receive() is { } frame)
                {
                    Take(ForwardedRequest.Decode(frame));
                }
            }
        }
        catch (CorruptDataException)
        {
            // Not one of ours: closing is the answer.
        }
        finally
        {
            frames.Dispose();
        }
    }

    private bool Greet()
    {
        if (frames.Receive() is not { } heard)
        {
            return false;
        }

        bool isSame = Encoding.UTF8.GetString(heard) == greeting;
        frames.Send(Encoding.UTF8.GetBytes(isSame ? "" : $"this cluster was set up with other values: {greeting}"));
        return isSame;
    }

    private void Take(ForwardedRequest request)
    {
        Operation operation = Read(request.Body);
        if (operation.Start(_names, request.Destination, out ErrorReply? error) is not { } asked)
        {
            frames.Send(ForwardedReply.Encode(request.Id, error!));
            return;
        }

        if (asked is ClientRequest.OnKey onKey && request.Session.Kind == SessionKind.Router)
        {
            asked = onKey with { Session = request.Session, MayHaveRun = request.MayHaveRun };
        }

        TimeSpan limit = operation.Limit(deadlines);
        TimeSpan left = TimeSpan.FromMilliseconds(request.DeadlineMs);
        Call call = new(request.Id, operation, frames);
        cluster.Post(() => cluster.Submit(asked, left < limit ? left : limit, call));
    }

    private Operation Read(ReadOnlyMemory<byte> body)
    {
        if (!JsonObjectReader.TryOpen(body, out JsonObjectReader members, out string error))
        {
            return new RefusedOperation(new ErrorReply(ErrorCode.MalformedRequest, error));
        }

        _fields.Open(members);
        return _handlers.Read(_fields.Type(), _fields);
    }

    /// <summary>A request under way, and then its reply.</summary>
    private sealed class Call(long id, Operation operation, FrameStream frames) : IOutcomeReceiver, IReply
    {
        private ClientOutcome? _outcome;

        public void Completed(ClientOutcome outcome)
        {
            _outcome = outcome;
            frames.Send(ForwardedReply.Encode(id, (IReply?)ErrorTable.Find(outcome) ?? this));
        }

        public void Write(ref ReplyWriter writer) =>
            operation.WriteOk(((ClientOutcome.Applied)_outcome!).Reply, ref writer);
    }
}
