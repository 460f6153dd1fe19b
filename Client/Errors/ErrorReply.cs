namespace OrleansShards.Client.Errors;

/// <summary>
/// An error as users see it, from the gateway and by HTTP alike. It names the primary if another master is it, and the owner if another
/// group has the shard.
/// </summary>
internal sealed record ErrorReply(ErrorCode Code, string Text, MasterName? Primary = null, GroupId? Owner = null);

/// <summary>The error codes of Maelstrom that are used. Users see them. All but the indefinite ones are definite.</summary>
internal enum ErrorCode
{
    /// <summary>It is unknown whether the request took effect. Indefinite.</summary>
    Timeout = 0,

    /// <summary>A node that does not exist.</summary>
    NodeNotFound = 1,

    /// <summary>An unknown message type.</summary>
    NotSupported = 10,

    /// <summary>Not carried out; may be tried again.</summary>
    TemporarilyUnavailable = 11,

    /// <summary>A field that is missing or wrong.</summary>
    MalformedRequest = 12,

    /// <summary>An internal fault. Indefinite.</summary>
    Crash = 13,

    /// <summary>No such key, or a shard that no group holds.</summary>
    KeyDoesNotExist = 20,

    /// <summary>The present value or state is not the one that the request needs.</summary>
    PreconditionFailed = 22,
}
