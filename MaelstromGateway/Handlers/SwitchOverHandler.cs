using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>switch_over</c></summary>
internal sealed class SwitchOverHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "switch_over";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new SwitchOverOperation(fields.Text("to"u8));

    private sealed class SwitchOverOperation(string to) : Operation
    {
        internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
        {
            error = names.CheckMaster("to", to);
            return error is null ? new ClientRequest.OfPrimary(new SwitchOver(new MasterName(to))) : null;
        }

        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            var switched = (SwitchOverReply)reply;
            writer.Begin("switch_over_ok"u8);
            writer.Json.Name("primary"u8);
            writer.Json.WriteString(switched.Primary.Value);
            writer.Json.Name("term"u8);
            writer.Json.WriteNumber((long)switched.Term.Value);
            writer.Json.Name("pause_ms"u8);
            writer.Json.WriteNumber(switched.PauseMs);
        }
    }
}
