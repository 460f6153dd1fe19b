using OrleansShards.Core.Shards;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>cas</c></summary>
internal sealed class CasHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "cas";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => KeyOperation.Read(KeyVerb.CompareAndSet, fields);
}
