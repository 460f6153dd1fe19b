using OrleansShards.Core.Nodes;

namespace OrleansShards.Core.Shards;

// Moves that the cluster drives: what a target receives, and what becomes of the content at either end.
public sealed partial class ShardState
{
    /// <summary>What is being received, and not served; null where nothing is.</summary>
    internal Staging? Staging { get; private set; }

    /// <summary>The move that is being received, and not served; none where nothing is. For checkers and pages.</summary>
    public MoveId Receiving => Staging?.Move ?? MoveId.None;

    /// <summary>The seal that is received whole and waits for its decision; none where there is none.</summary>
    public Epoch ReadyFor => Staging?.Ready?.Granted ?? Epoch.None;

    /// <summary>What this copy holds: equal for two copies with the same content.</summary>
    public MoveReceipt Receipt() => new(
        _data.Count,
        _clients.Count + _routers.Count,
        _data.Bytes,
        _routers.AddTo(_clients.AddTo(_data.AddTo(default))).Value);

    /// <summary>What the rules would say to an entry of the source's now.</summary>
    internal Decision Decide(MoveEntry entry) => entry switch
    {
        MoveEntry.Seal seal => MoveRules.Seal(Facts(), seal),
        MoveEntry.Release release => MoveRules.Release(Facts(), release),
        MoveEntry.Unseal unseal => MoveRules.Unseal(Facts(), unseal),
        _ => throw new ArgumentException($"{entry.GetType().Name} is not the source's", nameof(entry)),
    };

    private Message Apply(MoveEntry entry)
    {
        switch (entry)
        {
            case MoveEntry.Begin begin:
                return Apply(begin);
            case MoveEntry.Chunk chunk when IsStaged(chunk) && Staging!.Expects(chunk):
                Staging.Take(chunk);
                return ShardDone.Instance;
            case MoveEntry.Records records when IsStaged(records) && Staging!.Expects(records):
                Staging.Take(records);
                return ShardDone.Instance;
            case MoveEntry.Ready ready when IsStaged(ready) && Staging!.IsWhole(ready.Granted, ready.Receipt):
                Staging.SetReady(ready.Granted, ready.Receipt);
                return ShardDone.Instance;
            case MoveEntry.Unready unready when IsStaged(unready) && Staging!.Ready?.Granted == unready.Granted:
                Staging.ClearReady();
                return ShardDone.Instance;
            case MoveEntry.Take take:
                return Apply(take);
            case MoveEntry.Drop drop:
                return Apply(drop);
            case MoveEntry.Seal or MoveEntry.Release or MoveEntry.Unseal:
                return Settle(Decide(entry));
            default:
                return Refusals.WrongState(Standing, $"{entry.GetType().Name} of move {entry.Move} does not fit what is received");
        }
    }

    private bool IsStaged(MoveEntry entry) => Staging?.Move == entry.Move;

    private Message Settle(Decision decision)
    {
        if (decision.Change == ContentChange.Drop)
        {
            // Routers' sessions stay, though the target has them too. A router asks whoever may have carried a request out
            // before anybody else: (1) this copy does, and the answer is lost; (2) the shard moves, with the session; (3) a
            // client hands it on, without the session; (4) the repetition comes here, and would be carried out there.
            _contentDigest = null;
            (_data, _clients) = (new KeyTable(), new SessionTable(_sessionsMax));
        }

        Standing = decision.Next ?? Standing;
        return decision.Outcome;
    }

    private Message Apply(MoveEntry.Begin begin)
    {
        if (MoveRules.Stale(Standing, begin.Term) is { } stale)
        {
            return stale;
        }

        // What is ready was promised: only the master's decision ends it.
        bool isPromised = Staging is { Ready: not null } && Staging.Move == begin.Move;
        if (begin.Move <= Standing.EndedMove || begin.Move < Staging?.Move || isPromised
            || Standing.Phase is not (ShardPhase.None or ShardPhase.Released))
        {
            return Refusals.WrongState(Standing, $"move {begin.Move} cannot be received now", Standing.Other);
        }

        Staging = new Staging(begin, _sessionsMax);
        Standing = Standing with { OrderedIn = begin.Term };
        return ShardDone.Instance;
    }

    private Message Apply(MoveEntry.Take take)
    {
        if (Standing.TakenMove == take.Move)
        {
            return ShardDone.Instance;
        }

        if (!IsStaged(take) || Staging!.Ready?.Granted != take.Granted || !BeginRules.IsNew(Standing, take.Granted))
        {
            return Refusals.WrongState(Standing, $"move {take.Move} is not ready here at epoch {take.Granted}", Standing.Other);
        }

        Adopt(Staging.Copy);
        Staging = null;
        Standing = BeginRules.Serving(Standing, take.Granted) with { TakenMove = take.Move, EndedMove = take.Move };
        return ShardDone.Instance;
    }

    private ShardDone Apply(MoveEntry.Drop drop)
    {
        if (Staging?.Move <= drop.Move)
        {
            Staging = null;
        }

        if (drop.Move > Standing.EndedMove)
        {
            Standing = Standing with { EndedMove = drop.Move };
        }

        return ShardDone.Instance;
    }

    // What this copy has carried out itself, when it had the shard before, it goes on answering for: a client-driven
    // hand-over leaves routers' sessions behind. Sorted, so that every replica gives them the same places.
    private void Adopt(ShardState copy)
    {
        SessionTable own = _routers;
        (_data, _clients, _routers) = (copy._data, copy._clients, copy._routers);
        _contentDigest = null;
        foreach (SessionEntry session in own.All().OrderBy(static session => session.LastUse))
        {
            SessionEntry? known = _routers.Find(session.Name);
            if (known is null || known.Sequence < session.Sequence)
            {
                _routers.Record(session.Name, known, session.Sequence, session.Reply, session.Value);
            }
        }
    }
}
