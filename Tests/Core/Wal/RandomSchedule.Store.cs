using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

// What a store and the way to it do, well or badly; and the end of all trouble.
internal sealed partial class RandomSchedule
{
    private void Apply(ReplicaHost host)
    {
        PendingRequest[] asked = [.. host.Pending.Where(pending => pending.Completion is null)];
        if (asked.Length > 0)
            Apply(asked[_random.Next(asked.Length)]);
    }

    private void Apply(PendingRequest pending)
    {
        StoreRequest request = pending.Request;
        if (_random.Next(100) >= (request is StoreRequest.Put ? _putFaults : _faults))
        {
            pending.Completion = Do(request);
        }
        else if (request is not StoreRequest.Put)
        {
            _counts.Failures++;
            _ = _random.Next(2) == 0 ? Do(request) : null;
            pending.Completion = new StoreCompletion.Failed(request.Op, "the store is away");
        }
        else
        {
            pending.Completion = new StoreCompletion.Put(request.Op, Bad(request), "no answer in time");
        }
    }

    private PutOutcome Bad(StoreRequest put)
    {
        switch (_random.Next(4))
        {
            case 0:
                _counts.NotStored++;
                return PutOutcome.NotStored;
            case 1:
                _counts.UnknownLost++;
                return PutOutcome.Unknown;
            case 2:
                _counts.UnknownLate++;
                _late.Add(put);
                return PutOutcome.Unknown;
            default:
                _counts.UnknownApplied++;
                Do(put);
                return PutOutcome.Unknown;
        }
    }

    private StoreCompletion Do(StoreRequest request)
    {
        int history = _store.History.Count;
        StoreCompletion completion = _store.Do(request);
        bool isStored = completion is StoreCompletion.Put { Outcome: PutOutcome.Stored };
        _counts.StaleWriters += isStored && _store.History.Count == history ? 1 : 0;
        _counts.Collisions += completion is StoreCompletion.Put { Outcome: PutOutcome.Occupied } ? 1 : 0;
        _counts.Checkpoints += completion is StoreCompletion.Published { Newest: true } ? 1 : 0;
        _counts.ProbesPresent += completion is StoreCompletion.Probe { Present: true } ? 1 : 0;
        _counts.ProbesAbsent += completion is StoreCompletion.Probe { Present: false } ? 1 : 0;
        return completion;
    }

    private void Deliver(ReplicaHost host)
    {
        PendingRequest[] done = [.. host.Pending.Where(pending => pending.Completion is not null)];
        if (done.Length > 0)
        {
            PendingRequest pending = done[_random.Next(done.Length)];
            host.Pending.Remove(pending);
            Step(host, (replica, output) => replica.OnCompletion(_now, pending.Completion!, output));
        }
    }

    /// <summary>What an earlier run asked is carried out, or its completion reaches this one; a late put arrives.</summary>
    private void Haunt(ReplicaHost host)
    {
        if (_late.Count > 0 && _random.Next(2) == 0)
        {
            StoreRequest late = _late[_random.Next(_late.Count)];
            _late.Remove(late);
            Do(late);
        }
        else if (_ghosts.Count > 0)
        {
            (ReplicaHost Asker, PendingRequest Request) ghost = _ghosts[_random.Next(_ghosts.Count)];
            _ghosts.Remove(ghost);
            ghost.Request.Completion ??= Do(ghost.Request.Request);
            ReplicaHost? heir = _running.FirstOrDefault(it => it?.Name == ghost.Asker.Name);
            Step(heir ?? host, (replica, output) => replica.OnCompletion(_now, ghost.Request.Completion, output));
        }
    }

    /// <summary>
    /// Nothing fails any more. What is still on its way arrives; then the first replica is to lead and to commit, and
    /// all are to have the same state: every wait has an end.
    /// </summary>
    private void Heal()
    {
        _late.ForEach(late => Do(late));
        _ghosts.ForEach(ghost => ghost.Request.Completion ??= Do(ghost.Request.Request));
        for (int which = 0; which < Names.Length; which++)
        {
            if (_running[which] is null)
                Start(which);
        }

        ReplicaHost leader = _running[0]!;
        Rounds(40, () => _running.All(host => IsAtEnd(host!, host == leader ? LogRole.Leading : LogRole.Following)), Press);
        Propose(leader);
        Rounds(40, () => _model.Proposals[^1].Fate == LogNoticeKind.Committed);
        Rounds(40, () => _running.All(host => IsAtEnd(host!, host!.Replica.Role)));
        Rounds(40, () => _model.Proposals.All(it => it.Fate is not null || !_running.Contains(it.Host)));
        Rounds(40, () => _reads.All(it => it.IsAnswered || !_running.Contains(it.Host)));
    }

    private bool IsAtEnd(ReplicaHost host, LogRole role) =>
        host.Replica.Role == role && (int)host.Replica.Applied.Index.Value == _store.History.Count;

    /// <summary>Reads show a deposed writer that it is one; the first replica tries to lead whenever it does not.</summary>
    private void Press(ReplicaHost host)
    {
        Read(host);
        if (host == _running[0] && host.Replica.Role == LogRole.Following)
            Step(host, (replica, output) => replica.Lead(_now, output));
    }

    private void Rounds(int atMost, Func<bool> isReached, Action<ReplicaHost>? act = null)
    {
        // One round at least: a leader that was without a tick for long finds out only then.
        for (int round = 0; round == 0 || !isReached(); round++)
        {
            Assert.True(
                round < atMost,
                $"not reached: {string.Join(", ", _running.Select(Describe))}; the log ends at {_store.History.Count}");
            _now += TimeSpan.FromMilliseconds(100);
            foreach (ReplicaHost host in _running!)
            {
                act?.Invoke(host);
                Step(host, (replica, output) => replica.Tick(_now, output));
                Step(host, (replica, output) => replica.Flush(_now, output));
                Settle(host);
            }
        }
    }

    private void Settle(ReplicaHost host)
    {
        for (int requests = 0; host.Pending.Count > 0; requests++)
        {
            Assert.True(requests < 500, $"{host.Name} asks without end");
            PendingRequest pending = host.Pending[0];
            host.Pending.RemoveAt(0);
            pending.Completion ??= Do(pending.Request);
            Step(host, (replica, output) => replica.OnCompletion(_now, pending.Completion, output));
        }
    }

    private static string Describe(ReplicaHost? host) =>
        $"{host!.Name} {host.Replica.Role} at {host.Replica.Applied.Index} ({host.Replica.Stall ?? "no stall"})";
}
