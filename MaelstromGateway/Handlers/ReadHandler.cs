using OrleansShards.Core.Shards;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>read</c></summary>
internal sealed class ReadHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "read";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => KeyOperation.Read(KeyVerb.Read, fields);
}
