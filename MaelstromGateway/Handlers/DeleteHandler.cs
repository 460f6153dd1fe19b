using OrleansShards.Core.Shards;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>delete</c></summary>
internal sealed class DeleteHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "delete";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => KeyOperation.Read(KeyVerb.Delete, fields);
}
