namespace OrleansShards.Simulation.Faults;

/// <summary>What can go wrong; <c>docs/simulation.md</c> has a line on each. Counted where it happens, not where it is planned.</summary>
internal enum FaultKind
{
    // The network; reordered: a later message of the link overtook it.
    MessageSlow = 1,
    MessageLost,
    MessageDuplicated,
    MessageReordered,
    NoticeLost,
    MessagePartitioned,
    ReplyOfUnknownKind,

    // Links between machines, and to the store.
    Partition,
    OneWayCut,
    StoreCut,
    SlowStore,
    CommitStalled,
    CommitFailed,

    // Nodes, machines and clocks.
    MachineCrash,
    NodeCrash,
    CrashWithinStep,
    CrashBeforeCompletion,
    Restart,
    Pause,
    ClockDrift,
    ClockJump,
    SecondActivation,
    DeclaredDead,
    FullSilo,
    GatewayCrash,

    // Clients.
    GatewayChanged,
    ClientGaveUp,

    // The store. Lost reply: carried out, reported as unknown. Void: not carried out, reported as unknown. Late: reported as
    // unknown, carried out later. An old read misses a put that was done before it returned. Split: done in two steps.
    StoreSlow,
    StoreTimeout,
    StoreError,
    StoreLostReply,
    StoreVoid,
    StoreLate,
    StoreOldRead,
    StoreSplit,
    TornRecord,

    // The operator, and clients that coordinate hand-overs.
    TakeoverAsked,
    SwitchoverAsked,
    HandOver,
    HandOverAborted,
    CoordinatorDeath,
    MigrateAsked,
    PinAsked,
    JoinAsked,
    LeaveAsked,
    ForgetAsked,
    UndoAsked,

    // At a moment of a move that the cluster drives.
    CrashInMove,
    PauseInMove,
    CutInMove,
    TakeoverInMove,
    RivalInMove,
    SealInVain,
    MoveAborted,
}
