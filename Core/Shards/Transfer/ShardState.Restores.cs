namespace OrleansShards.Core.Shards;

// A restore: an empty shard receives the content of a backup, which is a checkpoint of another cluster's copy. What is received is a
// replica beside the content, as in a move; no client sees it before the masters have decided that every shard is whole.
public sealed partial class ShardState
{
    /// <summary>The content of a backup that this copy receives; null where it receives none.</summary>
    internal Staging? Restored => Ownership.Phase == TransferPhase.Restoring ? _staging : null;

    /// <summary>The restore that this copy takes part in; none where there is none. For checkers and pages.</summary>
    public RestoreId Restoring => Restored is { } received ? new RestoreId(received.Move.Value) : RestoreId.None;

    private Message Apply(TransferEntry.OfRestore entry)
    {
        switch (entry)
        {
            case TransferEntry.RestoreBegin begin when MayRestore(begin.Restore):
                TransferEntry.Begin received = new(new MoveId(begin.Restore.Value), Term.None, _self, begin.Manifest);
                _staging = new Staging(received, _sessionsMax);
                Ownership = Ownership with { Phase = TransferPhase.Restoring };
                return Progress();
            case TransferEntry.RestoreBegin:
                return WhyNotRestored();
            case TransferEntry.RestoreChunk chunk when Restoring == chunk.Restore:
                // A repetition of a chunk whose answer was lost changes nothing.
                if (Restored!.Expects(chunk.Number))
                    Restored.TakeChunk(chunk.Bytes);

                return Progress();
            case TransferEntry.RestoreChunk:
                return Refusals.WrongState(Ownership, $"restore {entry.Restore} is over here");
            case TransferEntry.RestoreEnd end when Restoring == end.Restore:
                return End(end);
            default:
                // A repetition, or this copy never took part.
                return ShardDone.Instance;
        }
    }

    // Serving proves that no other copy has the shard, and a number that does not fall that no later attempt has begun here.
    private bool MayRestore(RestoreId restore) => Ownership.Phase == TransferPhase.Serving
        ? _staging is null && _data.Count == 0 && _clients.Count == 0
        : Ownership.Phase == TransferPhase.Restoring && restore >= Restoring;

    private ShardRefusal WhyNotRestored() => Refusals.WrongState(Ownership, Ownership.Phase switch
    {
        TransferPhase.Serving when _staging is null => $"it is not empty: it has {Keys} keys and {ClientSessions} sessions of clients",
        TransferPhase.Restoring => $"restore {Restoring} has begun later",
        TransferPhase.None or TransferPhase.Serving or TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting
            or TransferPhase.Released or TransferPhase.SealedForMove => "cannot be restored now",
    });

    private Message End(TransferEntry.RestoreEnd end)
    {
        if (end.IsCommitted && !Restored!.IsComplete)
            return Refusals.WrongState(Ownership, $"restore {end.Restore} is decided, and its content is not whole here");

        if (end.IsCommitted)
            Adopt(Restored!.Copy);

        // As after a seed: nobody may take the content back as if no client had seen it.
        _staging = null;
        Ownership = Ownership with { Phase = TransferPhase.Serving, IsServed = true };
        return ShardDone.Instance;
    }

    internal RestoreProgress Progress() => new(Restored!.Chunks, Restored.IsComplete, Restored.Damage);
}
