namespace OrleansShards.MaelstromGateway.Errors;

/// <summary>The body of an error. It names the primary if another master is it, and the owner if another group has the shard.</summary>
internal sealed record ErrorReply(ErrorCode Code, string Text, MasterName? Primary = null, GroupId? Owner = null)
{
    internal void Write(ref ReplyWriter to)
    {
        to.Begin("error"u8);
        to.Field("code"u8, (int)Code);
        to.Field("text"u8, Text);
        if (Primary is { } primary)
            to.Field("primary"u8, primary);

        if (Owner is { } owner)
            to.Field("gid"u8, owner);
    }
}

/// <summary>The error codes of Maelstrom that are used. They go over the wire. All but the indefinite ones are definite.</summary>
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
