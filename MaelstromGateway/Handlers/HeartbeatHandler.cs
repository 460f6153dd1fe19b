using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>heartbeat</c></summary>
internal sealed class HeartbeatHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "heartbeat";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new HeartbeatOperation(fields.Text("gid"u8));

    private sealed class HeartbeatOperation(string group) : Operation
    {
        // Asked of the master that was addressed and of no other: where to go instead is the answer.
        internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
        {
            error = names.CheckGroup("gid", group) ?? names.CheckMaster("dest", destination);
            return error is null
                ? new ClientRequest.OfMaster(new MasterName(destination), new Heartbeat(new GroupId(group)))
                : null;
        }

        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            var heartbeat = (HeartbeatReply)reply;
            writer.Begin("heartbeat_ok"u8);
            writer.Json.Name("primary"u8);
            writer.Json.WriteString(heartbeat.Primary.Value);
            writer.Json.Name("term"u8);
            writer.Json.WriteNumber((long)heartbeat.Term.Value);
        }
    }
}
