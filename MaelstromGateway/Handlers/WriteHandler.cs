using OrleansShards.Core.Shards;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary><c>write</c></summary>
internal sealed class WriteHandler : IRequestHandler
{
    /// <inheritdoc/>
    public string Type => "write";

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => KeyOperation.Read(KeyVerb.Write, fields);
}
