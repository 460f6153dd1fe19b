namespace OrleansShards.Grains.Interfaces.Wire;

/// <summary>
/// What came over the wire is no message that a node could have sent: a JSON text that is none, a field that is
/// missing, a value that this version does not know. The text names it, and what was expected.
/// </summary>
/// <remarks>
/// Thrown where a request or an answer comes out of a grain call, so that the call ends in it and no node sees the
/// message. Where it was an answer, what was asked may have taken effect.
/// </remarks>
[GenerateSerializer, Alias("OrleansShards.MalformedMessage")]
public sealed class MalformedMessageException : Exception
{
    /// <summary>Without more.</summary>
    public MalformedMessageException()
    {
    }

    /// <summary>With what was wrong.</summary>
    public MalformedMessageException(string message)
        : base(message)
    {
    }

    /// <summary>With what was wrong, and what that came of.</summary>
    public MalformedMessageException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
