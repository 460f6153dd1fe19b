using OrleansShards.Core.Json;
using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Shards;

// Transfers: the rules for an entry, the content at either end, and what a move's target receives.
public sealed partial class ShardState
{
    /// <summary>What this copy receives as a move's target, and does not serve yet; null where it receives nothing.</summary>
    internal Staging? Staging => Ownership.Phase == TransferPhase.Restoring ? null : _staging;

    /// <summary>The move whose content this copy receives; none where there is none. For checkers and pages.</summary>
    public MoveId Receiving => Staging?.Move ?? MoveId.None;

    /// <summary>The seal that is received completely and awaits its decision; none where there is none.</summary>
    public Epoch ReadyFor => Staging?.Ready?.Granted ?? Epoch.None;

    /// <summary>A summary of the content: equal for two copies with the same content.</summary>
    public MoveReceipt Receipt() => new(
        _data.Count, _clients.Count + _routers.Count, _data.Bytes, _routers.AddTo(_clients.AddTo(_data.AddTo(default))).Value);

    internal Decision Decide(TransferEntry entry)
    {
        ShardFacts facts = new(_self, Ownership, _data.Count == 0 && _clients.Count == 0, ContentDigest);
        Decision decision = TransferRules.Decide(facts, entry);

        // (1) This copy is ready for a move, and the move is committed; (2) a client sends an old snapshot, which is installed at
        // the granted epoch; (3) the moved content can never be served. So nothing else begins here while a move awaits its
        // decision. An entry that only records the end of something does no harm.
        return decision.Next is not null && Staging is { Ready: not null }
            && entry is not (TransferEntry.Discard or TransferEntry.Unseal)
                ? Decision.Same(Refusals.HandingOver(Ownership, "a move to this group awaits its decision"))
                : decision;
    }

    private Message Apply(LogCursor at, TransferEntry entry)
    {
        switch (entry)
        {
            case TransferEntry.Begin begin:
                return Apply(begin);
            case TransferEntry.Chunk chunk when IsStaged(chunk) && Staging!.Expects(chunk):
                Staging.Take(chunk);
                return ShardDone.Instance;
            case TransferEntry.Records records when IsStaged(records) && Staging!.Expects(records):
                Staging.Take(records);
                return ShardDone.Instance;
            case TransferEntry.Ready ready when IsStaged(ready) && Staging!.IsWhole(ready.Granted, ready.Receipt):
                Staging.Ready = (ready.Granted, ready.Receipt);
                return ShardDone.Instance;
            case TransferEntry.Unready unready when IsStaged(unready) && Staging!.Ready?.Granted == unready.Granted:
                Staging.Ready = null;
                return ShardDone.Instance;
            case TransferEntry.Take take:
                return Apply(take);
            case TransferEntry.DiscardStaging drop:
                return Apply(drop);
            case TransferEntry.Chunk or TransferEntry.Records or TransferEntry.Ready or TransferEntry.Unready:
                MoveId move = ((TransferEntry.OfMove)entry).Move;
                return Refusals.WrongState(Ownership, $"{entry.Kind} of move {move} does not follow what was received");
            case TransferEntry.OfRestore restore:
                return Apply(restore);
            default:
                return Apply(at, entry, Decide(entry));
        }
    }

    private Message Apply(LogCursor at, TransferEntry entry, Decision decision)
    {
        Invariant.Check(
            decision.Next is null || decision.Next.Epoch >= Ownership.Epoch,
            $"{_self}: {entry.Kind} at {at.Index} takes epoch {Ownership.Epoch} to {decision.Next?.Epoch}");
        if (decision.Change != ContentChange.Keep)
        {
            Replace(decision.Change == ContentChange.Delete ? null : entry switch
            {
                TransferEntry.Seed seed => seed.Content,
                TransferEntry.Install install => install.Content,
                _ => throw new ArgumentException($"{entry.Kind} brings no content", nameof(entry)),
            });
        }

        Ownership = decision.Next ?? Ownership;
        return decision.Outcome;
    }

    // Router sessions stay, also where a move's target has them too. A router repeats a request first at the copy that may have
    // carried it out: (1) this copy does, and the answer is lost; (2) the shard moves, with the session; (3) a client hands it
    // over, without the session; (4) the repetition comes here, and without the session it would be carried out there.
    private void Replace(ShardContent? content)
    {
        _contentDigest = null;
        _data.Clear();
        _clients.Clear();
        foreach ((JsonText spelling, JsonText value) in content?.Items ?? [])
        {
            KeyText key = KeyText.From(spelling);
            _data.Set(key, spelling, _data.TryGet(key, out KeyItem present) ? present : null, value);
        }

        foreach ((SessionName name, long sequence, RecordedReply reply, JsonText value) in content?.Sessions ?? [])
            _clients.Record(name, _clients.Find(name), sequence, reply, value);
    }

    private bool IsStaged(TransferEntry.OfMove entry) => Staging?.Move == entry.Move;

    private Message Apply(TransferEntry.Begin begin)
    {
        if (MoveRules.Stale(Ownership, begin.Term) is { } stale)
            return stale;

        // A target that is ready has made a promise: only the master's decision ends it.
        bool isPromised = Staging is { Ready: not null } && Staging.Move == begin.Move;
        if (begin.Move <= Ownership.EndedMove || begin.Move < Staging?.Move || isPromised
            || Ownership.Phase is not (TransferPhase.None or TransferPhase.Released))
        {
            return Refusals.WrongState(Ownership, $"move {begin.Move} cannot be received now", Ownership.Other);
        }

        _staging = new Staging(begin, _sessionsMax);
        Ownership = Ownership with { OrderedIn = begin.Term };
        return ShardDone.Instance;
    }

    private Message Apply(TransferEntry.Take take)
    {
        if (Ownership.TakenMove == take.Move)
            return ShardDone.Instance;

        if (!IsStaged(take) || Staging!.Ready?.Granted != take.Granted || !Ownership.IsNew(take.Granted))
            return Refusals.WrongState(Ownership, $"move {take.Move} is not ready here at epoch {take.Granted}", Ownership.Other);

        Adopt(Staging.Copy);
        _staging = null;
        Ownership = Ownership.ServingAt(take.Granted) with { TakenMove = take.Move, EndedMove = take.Move };
        return ShardDone.Instance;
    }

    private ShardDone Apply(TransferEntry.DiscardStaging drop)
    {
        if (Staging?.Move <= drop.Move)
            _staging = null;

        if (drop.Move > Ownership.EndedMove)
            Ownership = Ownership with { EndedMove = drop.Move };

        return ShardDone.Instance;
    }

    // This copy continues to answer for what it carried out when it had the shard before: a client's hand-over leaves router
    // sessions behind. Sorted, so that every replica adds them in the same order.
    private void Adopt(ShardState copy)
    {
        SessionTable own = _routers;
        (_data, _clients, _routers) = (copy._data, copy._clients, copy._routers);
        _contentDigest = null;
        foreach (SessionEntry session in own.All().OrderBy(static session => session.LastUse))
        {
            SessionEntry? known = _routers.Find(session.Name);
            if (known is null || known.Value.Sequence < session.Sequence)
                _routers.Record(session.Name, known, session.Sequence, session.Reply, session.Value);
        }
    }
}
