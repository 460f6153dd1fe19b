using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// Drives the moves of the masters' state: begins those that are due, sends the copies their commands, gives up what
/// cannot be done, and ends what is done. Lives as long as one leadership; all that counts is in the log, so that the next
/// primary continues where this one stopped.
/// </summary>
internal sealed class MoveDriver
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly MasterContext _context;
    private readonly MoveCalls _calls;
    private readonly MoveBackOff _backOff;
    private readonly HashSet<int> _beginning = [];
    private readonly List<(PendingMoveCall Pending, Instant Until)> _aborts = [];
    private ulong? _seen;
    private Instant? _pollAt;

    internal MoveDriver(MasterContext context)
    {
        _context = context;
        _calls = new MoveCalls(context);
        _backOff = new MoveBackOff(context.Config.MoveRetryFirst, context.Config.MoveRetryMost);
        context.MoveRuns.Clear();
    }

    private MoveTable Moves => _context.State.Moves;

    internal void Step()
    {
        bool isChanged = _seen != Moves.Version;
        if (!isChanged && _context.Now < _pollAt)
            return;

        _pollAt = _context.Now + PollInterval;
        if (isChanged)
        {
            _seen = Moves.Version;
            SyncRuns();
        }

        foreach (MoveRun run in _context.MoveRuns.Values)
            Drive(run);

        SendAborts();
        BeginDue();
    }

    internal void OnReply(PendingMoveCall pending, MoveCommand command, Nodes.Message? reply)
    {
        _calls.OnReply(pending, command, reply);
        _pollAt = null;
    }

    /// <summary>A decision about a shard's move is in the log, or the log refused it.</summary>
    internal void OnDecided(ShardId shard)
    {
        _beginning.Remove(shard.Value);
        if (_context.MoveRuns.GetValueOrDefault(shard.Value) is { } run)
            run.IsDeciding = false;
    }

    private void SyncRuns()
    {
        foreach (MoveRun run in _context.MoveRuns.Values.Where(run => Moves.FindActive(run.Move.Shard)?.Id != run.Move.Id).ToList())
            Remove(run);

        foreach (ShardMove move in Moves.Active.Values)
        {
            if (!_context.MoveRuns.TryGetValue(move.Shard.Value, out MoveRun? run))
            {
                run = new MoveRun(move, _context.Now);
                _context.MoveRuns.Add(move.Shard.Value, run);
            }

            run.Move = move;
        }

        _backOff.Keep(Moves.Wanted);
    }

    private void Remove(MoveRun run)
    {
        _context.MoveRuns.Remove(run.Move.Shard.Value);
        if (Moves.FindAborted(run.Move.Shard)?.Id == run.Move.Id)
        {
            Instant until = _context.Now + _context.Config.MoveGiveUpAfter;
            _aborts.Add((run.Target, until));
            _aborts.Add((run.Source, until));
        }
    }

    private void Drive(MoveRun run)
    {
        if (!run.Move.IsCommitted)
        {
            _calls.Send(run.Target, run.Move, MoveCommand.Copy);
            GiveUpIfStuck(run);
            return;
        }

        _calls.Send(run.Target, run.Move, MoveCommand.Commit);
        _calls.Send(run.Source, run.Move, MoveCommand.Commit);
        if (run.Target.IsDone && run.Source.IsDone)
            Propose(run, new MasterEntry.MoveEnded(run.Move.Shard, run.Move.Id, run.PauseUs));
    }

    private void GiveUpIfStuck(MoveRun run)
    {
        GroupId target = run.Move.Target;
        TimeSpan limit = _context.Config.MoveGiveUpAfter;
        string? reason = run.HasFailed ? $"group {target} cannot do it: {run.Obstacle ?? "it has discarded the copy"}"
            : _context.Now - run.HeardAt >= limit ? $"group {target} has not answered for {limit.TotalSeconds:0.#} s"
            : null;
        if (reason is not null && !run.IsDeciding)
        {
            _backOff.OnFailed(run.Move, _context.Now);
            Propose(run, new MasterEntry.MoveAborted(run.Move.Shard, run.Move.Id, reason));
        }
    }

    private void Propose(MoveRun run, MasterEntry entry)
    {
        if (!run.IsDeciding)
        {
            run.IsDeciding = true;
            _context.Propose(entry, new MasterPurpose.Move(run.Move.Shard));
        }
    }

    /// <summary>Best effort: a copy that does not hear of the abort finds out by asking.</summary>
    private void SendAborts()
    {
        _aborts.RemoveAll(abort => abort.Pending.IsAbortDone || _context.Now >= abort.Until);
        foreach ((PendingMoveCall pending, _) in _aborts)
            _calls.Send(pending, pending.Move, MoveCommand.Abort);
    }

    // Begins moves while there is room, those with the fewest failures first. A group that does not answer gets no second
    // move until it answers, or its first move is given up: the room is for the others.
    private void BeginDue()
    {
        int room = _context.Config.MovesAtOnce - _beginning.Count - _context.MoveRuns.Values.Count(IsProgressing);
        if (room <= 0 || Moves.Wanted.Count == 0)
            return;

        HashSet<GroupId> silent = [.. _context.MoveRuns.Values.Where(IsSilent).Select(static run => run.Move.Target)];
        List<(int Shard, GroupId To)> due =
        [
            .. Moves.Wanted.Select(static pair => (pair.Key, pair.Value.Group))
                .Where(move => IsDue(move.Key, move.Group) && !silent.Contains(move.Group))
                .OrderBy(move => _backOff.Failures(move.Key, move.Group)).Take(room),
        ];
        foreach ((int shard, GroupId to) in due)
        {
            _beginning.Add(shard);
            _context.Propose(new MasterEntry.MoveBegun(new ShardId(shard), to), new MasterPurpose.Move(new ShardId(shard)));
        }
    }

    private bool IsDue(int shard, GroupId to) => Moves.FindActive(new ShardId(shard)) is null
        && !_beginning.Contains(shard) && _backOff.MayBegin(shard, to, _context.Now);

    private bool IsProgressing(MoveRun run) =>
        !run.Move.IsCommitted && _context.Now - run.ProgressedAt < _context.Config.MoveStallAfter;

    private bool IsSilent(MoveRun run) => !run.Move.IsCommitted && _context.Now - run.HeardAt >= _context.Config.MoveStallAfter;
}

/// <summary>Exponential back-off for shards whose moves were given up. In memory: a new primary tries at once.</summary>
internal sealed class MoveBackOff(TimeSpan first, TimeSpan most)
{
    private readonly Dictionary<int, (GroupId Target, int Failures, Instant NotBefore)> _waits = [];

    internal void OnFailed(ShardMove move, Instant now)
    {
        int failures = Failures(move.Shard.Value, move.Target) + 1;
        double wait = Math.Min(first.Ticks * Math.Pow(2, Math.Min(failures - 1, 30)), most.Ticks);
        _waits[move.Shard.Value] = (move.Target, failures, now + TimeSpan.FromTicks((long)wait));
    }

    internal bool MayBegin(int shard, GroupId target, Instant now) =>
        !_waits.TryGetValue(shard, out (GroupId Target, int, Instant NotBefore) wait)
        || wait.Target != target || wait.NotBefore <= now;

    internal int Failures(int shard, GroupId target) =>
        _waits.TryGetValue(shard, out (GroupId Target, int Failures, Instant) wait) && wait.Target == target ? wait.Failures : 0;

    /// <summary>Forgets the shards that are where they are wanted.</summary>
    internal void Keep(IReadOnlyDictionary<int, WantedPlace> wanted)
    {
        foreach (int shard in _waits.Keys.Where(shard => !wanted.ContainsKey(shard)).ToList())
            _waits.Remove(shard);
    }
}
