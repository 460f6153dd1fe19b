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
            error = names.CheckMaster("the field \"failed_master\"", failed);
            if (error is not null)
            {
                return null;
            }

            // Asked of the other one, as the failed one cannot be expected to answer; alone, it says so itself.
            var failedMaster = new MasterName(failed);
            MasterName asked = names.Definition.Masters.FirstOrDefault(master => master != failedMaster, failedMaster);
            return new ClientRequest.OfMaster(asked, new TriggerFailover(failedMaster));
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
