namespace OrleansShards.Grains.Interfaces.Wire;

/// <summary>
/// What came over the wire is not a message that a node could have sent: an invalid JSON text, a missing field, or a value
/// that this version does not know. The text names it, and what was expected.
/// </summary>
/// <remarks>
/// Thrown where a request or an answer leaves a grain call, so that the call fails and no node sees the message. If it was
/// an answer, the request may have taken effect.
/// </remarks>
[GenerateSerializer, Alias("OrleansShards.MalformedMessage")]
public sealed class MalformedMessageException(string message) : Exception(message);
