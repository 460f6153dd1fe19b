using OrleansShards.Client;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.MaelstromGateway.Envelopes;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>shadow_status</c></summary>
internal sealed class ShadowStatusHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "shadow_status";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => new ShadowStatusOperation();

    private sealed class ShadowStatusOperation : Operation
    {
        internal override ClientRequest? Start(NodeNames names, string destination, out ErrorReply? error)
        {
            error = null;
            return new ClientRequest.OfPrimary(new QueryShadowStatus());
        }

        internal override void WriteOk(Message reply, ref ReplyWriter writer)
        {
            var status = (ShadowStatusReply)reply;
            writer.Begin("shadow_status_ok"u8);
            writer.Json.Name("primary"u8);
            writer.Json.WriteString(status.Primary.Value);
            writer.Json.Name("shadow"u8);
            if (status.Shadow is { } shadow)
            {
                writer.Json.WriteString(shadow.Value);
            }
            else
            {
                writer.Json.WriteNull();
            }

            writer.Json.Name("wal_lag_entries"u8);
            writer.Json.WriteNumber(status.LagEntries);
            writer.Json.Name("wal_lag_ms"u8);
            writer.Json.WriteNumber(status.LagMs);
        }
    }
}
