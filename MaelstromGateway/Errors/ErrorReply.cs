using OrleansShards.MaelstromGateway.Envelopes;

namespace OrleansShards.MaelstromGateway.Errors;

/// <summary>An error as it is answered.</summary>
/// <param name="Code">What kind.</param>
/// <param name="Text">For people: what is wrong, and what to do.</param>
/// <param name="Primary">The primary, where the refusal is because it is another; null otherwise.</param>
/// <param name="Owner">The group that has the shard, where the refusal is because it is another; null
/// otherwise.</param>
internal sealed record ErrorReply(ErrorCode Code, string Text, MasterName? Primary = null, GroupId? Owner = null)
{
    /// <summary>Writes it, from its type to its last field.</summary>
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

/// <summary>Maelstrom's error codes, as far as they are used. They go over the wire.</summary>
internal enum ErrorCode
{
    /// <summary>Nobody can tell whether it took effect. Indefinite.</summary>
    Timeout = 0,

    /// <summary>A node that does not exist. Definite.</summary>
    NodeNotFound = 1,

    /// <summary>A type that is not known, or not yet. Definite.</summary>
    NotSupported = 10,

    /// <summary>Not now, and not carried out: try again. Definite.</summary>
    TemporarilyUnavailable = 11,

    /// <summary>A field that is missing or wrong. Definite.</summary>
    MalformedRequest = 12,

    /// <summary>An internal fault. Indefinite.</summary>
    Crash = 13,

    /// <summary>A key, or a shard that nobody holds. Definite.</summary>
    KeyDoesNotExist = 20,

    /// <summary>Another value or state than it takes. Definite.</summary>
    PreconditionFailed = 22,
}
