namespace OrleansShards.Tests.Storage;

/// <summary>What goes wrong with a put that <see cref="FaultyLogStore"/> was told about.</summary>
public enum PutFault
{
    /// <summary>It is stored, but the acknowledgement is lost.</summary>
    UnknownApplied,

    /// <summary>It is lost on its way, and the caller cannot tell.</summary>
    UnknownNotApplied,

    /// <summary>The caller is told that nobody knows; it takes effect when the test says so.</summary>
    UnknownAppliedLater,

    /// <summary>It is refused for certain, as by a full disk.</summary>
    NotStored,
}
