using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>A type that belongs to the protocol and that this version does not carry out.</summary>
/// <param name="type">The type.</param>
internal sealed class LaterHandler(string type) : IRequestHandler
{
    private readonly RefusedOperation _refused = new(new ErrorReply(
        ErrorCode.NotSupported,
        $"{type} is not in this version; it comes with the moves that the cluster drives by itself"));

    /// <inheritdoc/>
    public string Type => type;

    /// <inheritdoc/>
    public Operation Read(BodyFields fields) => _refused;
}
