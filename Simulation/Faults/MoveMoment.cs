namespace OrleansShards.Simulation.Faults;

/// <summary>A moment of a move that the cluster drives: what a blow can be timed by.</summary>
internal enum MoveMoment
{
    /// <summary>The primary tells the target to receive.</summary>
    CopyOrdered = 1,

    /// <summary>The primary tells a copy of the commit.</summary>
    CommitOrdered,

    /// <summary>The primary tells a copy of the abort.</summary>
    AbortOrdered,

    /// <summary>The target reads a chunk of the source's checkpoint.</summary>
    ChunkRead,

    /// <summary>The target reads the source's log.</summary>
    TailRead,

    /// <summary>The target asks for the seal.</summary>
    SealAsked,

    /// <summary>The source says that it is sealed.</summary>
    SealTold,

    /// <summary>The target says that it is ready.</summary>
    ReadyTold,

    /// <summary>The source asks for the commit.</summary>
    CommitAsked,

    /// <summary>The source asks to have its seal cancelled.</summary>
    CancelAsked,

    /// <summary>The target asks the primary what has become of the move.</summary>
    DecisionAsked,

    /// <summary>Somebody is told what was decided.</summary>
    DecisionTold,

    /// <summary>In the masters' log: a move has begun.</summary>
    Begun,

    /// <summary>In the masters' log: a seal has come to nothing.</summary>
    Cancelled,

    /// <summary>In the masters' log: a move is committed.</summary>
    Committed,

    /// <summary>In the masters' log: a move is aborted.</summary>
    Aborted,

    /// <summary>In the masters' log: both copies have done their part.</summary>
    Ended,

    /// <summary>In the target's log: it receives.</summary>
    ReceivingLogged,

    /// <summary>In the source's log: it is sealed.</summary>
    SealLogged,

    /// <summary>In the target's log: it has all.</summary>
    ReadyLogged,

    /// <summary>In the target's log: a seal that it had all of has come to nothing.</summary>
    UnreadyLogged,

    /// <summary>In the target's log: it serves.</summary>
    TakenLogged,

    /// <summary>In the source's log: it has released the shard.</summary>
    ReleasedLogged,

    /// <summary>In the source's log: it serves again.</summary>
    UnsealedLogged,

    /// <summary>In the target's log: what came is discarded.</summary>
    DroppedLogged,
}
