namespace OrleansShards.Simulation.Faults;

/// <summary>What can be made to go wrong. Counted where it happens, not where it is planned.</summary>
public enum FaultKind
{
    /// <summary>A message took long.</summary>
    MessageSlow = 1,

    /// <summary>A message was lost.</summary>
    MessageLost,

    /// <summary>A message arrived twice.</summary>
    MessageDuplicated,

    /// <summary>A message was overtaken by a later one of the same link.</summary>
    MessageReordered,

    /// <summary>A published notice did not arrive.</summary>
    NoticeLost,

    /// <summary>A message met a partition.</summary>
    MessagePartitioned,

    /// <summary>Machines were parted from each other.</summary>
    Partition,

    /// <summary>A link was cut in one direction.</summary>
    OneWayCut,

    /// <summary>A machine was cut off from the store.</summary>
    StoreCut,

    /// <summary>A machine heard late from the store.</summary>
    SlowStore,

    /// <summary>A machine crashed.</summary>
    MachineCrash,

    /// <summary>A node crashed.</summary>
    NodeCrash,

    /// <summary>A node crashed between two effects of one step.</summary>
    CrashWithinStep,

    /// <summary>A node crashed while a put of its was under way.</summary>
    CrashBeforeCompletion,

    /// <summary>A node was started again after a crash.</summary>
    Restart,

    /// <summary>A machine slept.</summary>
    Pause,

    /// <summary>A clock ran fast or slow.</summary>
    ClockDrift,

    /// <summary>A clock jumped.</summary>
    ClockJump,

    /// <summary>A node was activated while another activation of it ran.</summary>
    SecondActivation,

    /// <summary>A gateway crashed.</summary>
    GatewayCrash,

    /// <summary>A client went on through another gateway in the middle of a request.</summary>
    GatewayChanged,

    /// <summary>A client gave a request up and went on.</summary>
    ClientGaveUp,

    /// <summary>A request to the store took long.</summary>
    StoreSlow,

    /// <summary>A request to the store certainly failed.</summary>
    StoreError,

    /// <summary>A request to the store was carried out and reported as unknown.</summary>
    StoreLostReply,

    /// <summary>A request to the store was not carried out and reported as unknown.</summary>
    StoreVoid,

    /// <summary>A request to the store was reported as unknown and carried out later.</summary>
    StoreLate,

    /// <summary>A read of the store returned while a put that it does not show was done.</summary>
    StoreOldRead,

    /// <summary>A drop, a deletion or a read was done in two steps.</summary>
    StoreSplit,

    /// <summary>A read returned its last record cut off.</summary>
    TornRecord,

    /// <summary>The operator asked for a takeover.</summary>
    TakeoverAsked,

    /// <summary>The operator asked for a planned switch-over.</summary>
    SwitchoverAsked,

    /// <summary>A hand-over was begun.</summary>
    HandOver,

    /// <summary>A hand-over was rolled back.</summary>
    HandOverAborted,

    /// <summary>A coordinator died in the middle of an abort.</summary>
    CoordinatorDeath,

    /// <summary>The operator asked for the move of a shard.</summary>
    MigrateAsked,

    /// <summary>The operator pinned a shard.</summary>
    PinAsked,

    /// <summary>The operator asked groups to join.</summary>
    JoinAsked,

    /// <summary>The operator asked groups to leave.</summary>
    LeaveAsked,

    /// <summary>The operator undid a move.</summary>
    UndoAsked,

    /// <summary>A node or its machine crashed at a moment of a move.</summary>
    CrashInMove,

    /// <summary>A machine fell asleep at a moment of a move.</summary>
    PauseInMove,

    /// <summary>A machine was cut off from the others, or from the store, at a moment of a move.</summary>
    CutInMove,

    /// <summary>The operator asked for a takeover at a moment of a move.</summary>
    TakeoverInMove,

    /// <summary>A node was activated a second time at a moment of a move.</summary>
    RivalInMove,

    /// <summary>A seal of a move came to nothing.</summary>
    SealInVain,

    /// <summary>A move was aborted.</summary>
    MoveAborted,
}
