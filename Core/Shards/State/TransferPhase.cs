namespace OrleansShards.Core.Shards;

/// <summary>The phase of one group's copy of a shard, as its own log says. Persisted in checkpoints: values are append-only.</summary>
[GenerateSerializer, Alias("OrleansShards.TransferPhase")]
public enum TransferPhase
{
    /// <summary>
    /// Never opened here. May not answer for any key, not even that it is absent. May give the shard away (another group then
    /// has it). Left by opening, seeding or installing, or by giving away.
    /// </summary>
    None = 1,

    /// <summary>
    /// The one copy that takes reads and writes. The shard cannot become another group's without a decision in this log. Left
    /// by sealing, by giving an empty shard away, or by discarding what a hand-over brought.
    /// </summary>
    Serving = 2,

    /// <summary>
    /// Prepared for the target: the content no longer changes. May not write; may read and serve again, because the target was
    /// not told that it may take the shard. Left by telling it, by the confirmation, or by an abort.
    /// </summary>
    Sealed = 3,

    /// <summary>
    /// A hand-over is being rolled back: the target is asked to discard until it answers. May do what <see cref="Granted"/>
    /// may, but neither confirm nor grant. Left by the target's answer: it discards and this copy serves again, or it refuses
    /// and the shard is granted as before.
    /// </summary>
    Aborting = 4,

    /// <summary>
    /// Another group has it. Holds no data and no client sessions; redirects, and continues to answer for what it has carried
    /// out itself (router sessions). Left only by a later epoch: opening, seeding or installing.
    /// </summary>
    Released = 5,

    /// <summary>
    /// Sealed for a move that the cluster drives: the content no longer changes. May not write, and may not read once the
    /// commit was asked for; what arrives is held. Left by the master's decision: released, or serving again.
    /// </summary>
    SealedForMove = 6,

    /// <summary>
    /// Sealed, and the target may have taken the shard: the grant was logged before the target was told. May read only where
    /// the target says that it has not taken it. Left by the confirmation, or by the start of an abort.
    /// </summary>
    Granted = 7,

    /// <summary>
    /// The content of a backup is being received, for a restore of the whole cluster. The group has the shard and serves nothing of it.
    /// Left by the master's decision: serving the backup's content, or serving the empty shard as before.
    /// </summary>
    Restoring = 8,
}

/// <summary>Why a copy is released. Persisted in checkpoints: values are append-only.</summary>
public enum ReleaseReason
{
    /// <summary>It is not released.</summary>
    None = 0,

    /// <summary>Given away without content: it was never opened, or was empty. The new owner may begin with nothing.</summary>
    Empty = 1,

    /// <summary>Handed over and confirmed. The target has the content, or the client that confirmed.</summary>
    Confirmed = 2,

    /// <summary>The content of a hand-over was discarded for its source, which serves again.</summary>
    Discarded = 3,

    /// <summary>Moved by the cluster: the master's log has the decision, and the target has the content.</summary>
    Moved = 4,
}
