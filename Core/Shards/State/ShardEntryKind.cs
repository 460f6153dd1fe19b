namespace OrleansShards.Core.Shards;

/// <summary>
/// The first byte of an entry in a shard's log. Persisted: values are append-only, and what follows each never changes.
/// An entry that needs more gets a kind of its own, so an older program stops at it instead of guessing.
/// </summary>
internal enum ShardEntryKind
{
    /// <summary>An operation on a key, with its session (<see cref="KeyEntry"/>).</summary>
    Key = 1,

    /// <summary>Begin with nothing.</summary>
    Open = 2,

    /// <summary>Replace the content by what a client brought.</summary>
    Seed = 3,

    /// <summary>Install a snapshot.</summary>
    Install = 4,

    /// <summary>Prepare a hand-over.</summary>
    Seal = 5,

    /// <summary>Another group asks to have the shard.</summary>
    Yield = 6,

    /// <summary>Delete the source's copy.</summary>
    Confirm = 7,

    /// <summary>Begin to roll a hand-over back.</summary>
    StartAbort = 8,

    /// <summary>The target has discarded: serve again.</summary>
    FinishAbort = 9,

    /// <summary>The target has refused to discard: sealed as before.</summary>
    RefuseAbort = 10,

    /// <summary>Discard what a hand-over brought.</summary>
    Discard = 11,

    /// <summary>A move begins to be received, or anew from another checkpoint.</summary>
    StageBegin = 12,

    /// <summary>A chunk of the source's checkpoint.</summary>
    StageChunk = 13,

    /// <summary>Records of the source's log.</summary>
    StageRecords = 14,

    /// <summary>All of a seal is received.</summary>
    StageReady = 15,

    /// <summary>That seal came to nothing: receive on.</summary>
    StageUnready = 16,

    /// <summary>The move is committed: serve what was received.</summary>
    StageTake = 17,

    /// <summary>The move is over for its target without effect.</summary>
    StageDrop = 18,

    /// <summary>Sealed for a move.</summary>
    MoveSeal = 19,

    /// <summary>The move is committed: release.</summary>
    MoveRelease = 20,

    /// <summary>A seal came to nothing: serve again.</summary>
    MoveUnseal = 21,

    /// <summary>Prepare a hand-over at one epoch: <see cref="Seal"/>, then the epoch.</summary>
    SealAt = 22,

    /// <summary>An operation on a key that is meant for one epoch: <see cref="Key"/>, then the epoch.</summary>
    KeyAt = 23,
}
