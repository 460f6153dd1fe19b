using System.Collections.Immutable;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>init</c></summary>
internal sealed class InitHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "init";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields)
    {
        string nodeId = fields.Text("node_id"u8);
        ImmutableArray<string> nodeIds = fields.Names("node_ids"u8);
        if (fields.Fault is null && !nodeIds.Contains(nodeId))
        {
            fields.Fail($"the field \"node_id\" is {nodeId}; expected one of node_ids: {string.Join(", ", nodeIds)}");
        }

        return new InitOperation(nodeId, nodeIds);
    }
}
