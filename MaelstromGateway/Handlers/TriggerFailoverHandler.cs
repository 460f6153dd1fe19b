using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>trigger_failover</c></summary>
internal sealed class TriggerFailoverHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "trigger_failover";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) =>
        new TriggerFailoverOperation(fields.Text("failed_master"u8));

    private sealed class TriggerFailoverOperation(string failed) : Operation
    {
        internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
        {
            // Whoever leads passes it on to its shadow; where nobody answers the router goes to the shadow by itself.
            error = names.CheckMaster("failed_master", failed);
            return error is null ? new ClientRequest.OfPrimary(new TriggerFailover(new MasterName(failed))) : null;
        }

        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            var failover = (FailoverReply)reply;
            writer.Begin("trigger_failover_ok"u8);
            writer.Json.Name("new_primary"u8);
            writer.Json.WriteString(failover.NewPrimary.Value);
            writer.Json.Name("wal_entries_replayed"u8);
            writer.Json.WriteNumber(failover.EntriesReplayed);
            writer.Json.Name("failover_time_ms"u8);
            writer.Json.WriteNumber(failover.FailoverTimeMs);
        }
    }
}
