namespace OrleansShards.MaelstromGateway.Errors;

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
