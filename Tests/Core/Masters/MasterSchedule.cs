using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Masters.Moves;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters;

/// <summary>
/// One random schedule from a seed: two masters under crashes, pauses, lost, repeated and delayed messages, and a store
/// that fails, hangs or doubts, while clients ask for everything; then faults end, and what must hold is checked.
/// </summary>
internal sealed class MasterSchedule
{
    private static readonly MasterName[] Masters = [N1, N2];

    private readonly Random _random;
    private readonly int _faults;
    private readonly MasterCluster _cluster = new();
    private readonly List<Asked> _asked = [];
    private readonly Dictionary<int, ulong> _acknowledged = [];
    private readonly List<TestNode> _paused = [];
    private readonly Dictionary<(ShardId Shard, MoveId Move, Epoch Granted), bool> _verdicts = [];
    private ulong _epoch = 1;
    private ulong _mapEpoch;

    internal MasterSchedule(int seed)
    {
        _random = new Random(seed);
        _cluster.Copies = static address => new CopyStub(address, MoveCluster.Obey);
        _faults = _random.Next(2) == 0 ? _random.Next(0, 12) : _random.Next(0, 40);
    }

    internal Dictionary<string, int> Seen { get; } = [];

    internal void Run()
    {
        _cluster.Start(N1);
        _cluster.Start(N2);
        _cluster.Start(new GroupId("g1"), new GroupId("g2"));
        _cluster.Nodes.FateOf = FateOf;
        for (int i = 0; i < 120; i++)
        {
            Disturb();
            Ask();
            _cluster.Advance(_random.Next(10) == 0 ? _random.Next(1, 12) : 0.1 * _random.Next(0, 4));
            ReleaseSome();
            CheckAnswers();
        }

        EndFaults();
        CheckEnd();
    }

    private Fate FateOf(Packet packet)
    {
        bool isOurs = packet is Packet.Call { From: null } or Packet.Answer { Id.Caller.Value: ulong.MaxValue };
        if (isOurs || _random.Next(100) >= _faults)
            return Fate.Deliver;

        return packet is Packet.Store
            ? _random.Next(4) switch { 0 => Fate.Hold, 1 => Fate.Fail, 2 => Fate.Unknown, _ => Fate.UnknownNotStored }
            : _random.Next(3) switch { 0 => Fate.Hold, 1 => Fate.Lose, _ => Fate.Duplicate };
    }

    private void Disturb()
    {
        MasterName master = Masters[_random.Next(2)];
        TestNode run = _cluster.Start(master);
        switch (_random.Next(25))
        {
            case 0:
                Count("crash");
                _paused.Remove(run);
                _cluster.Crash(master);
                _asked.RemoveAll(asked => asked.Run == run && asked.Call.Reply is null);
                break;
            case 1 when !run.IsPaused:
                Count("pause");
                TestCluster.Pause(run);
                _paused.Add(run);
                break;
            case < 8 when _paused.Count > 0:
                _cluster.Nodes.Resume(_paused[0]);
                _paused.RemoveAt(0);
                break;
        }
    }

    private void Ask()
    {
        MasterName master = Masters[_random.Next(2)];
        TestNode run = _cluster.Start(master);
        ShardId shard = new(_random.Next(3));
        GroupId group = new($"g{_random.Next(1, 4)}");
        Message request = _random.Next(18) switch
        {
            12 or 13 => new MigrateShard(shard, group),
            14 => new JoinGroups([group], _random.Next(4) == 0),
            15 => new LeaveGroups([group], _random.Next(4) == 0),
            16 or 17 => new DecideMove(
                shard, NewestMove(shard), new Epoch(_random.Next(3) == 0 ? _epoch : ++_epoch), Receipt()),
            0 => new TriggerFailover(Masters[_random.Next(2)]),
            1 => new Switchover(Masters[_random.Next(2)]),
            2 => new QueryConfig(null),
            3 => new Heartbeat(group),
            4 => new QueryShadowStatus(),
            < 7 => new LocateShard(shard, group),
            < 9 => new QueryShard(shard),
            _ => new ReportOwner(shard, group, new Epoch(++_epoch), false),
        };
        TestCall call = _cluster.Nodes.Send(At(master), request, run);
        ulong before = _acknowledged.GetValueOrDefault(shard.Value);
        _asked.Add(new Asked(request, call, run, before, _mapEpoch, _cluster.Nodes.Now));
    }

    /// <summary>The newest move of a shard that any master knows of: the copies have heard of it, say.</summary>
    private MoveId NewestMove(ShardId shard) => Masters.Select(master => _cluster.Start(master))
        .Select(run => ((MasterNode)run.Node).State.ActiveMoves.GetValueOrDefault(shard.Value)?.Id ?? new MoveId(1))
        .Max();

    private MoveReceipt? Receipt() => _random.Next(2) == 0 ? null : new MoveReceipt(1, 1, 1, 1);

    private void ReleaseSome()
    {
        while (_cluster.Nodes.Held.Count > 0 && _random.Next(3) > 0)
            _cluster.Nodes.Release(_cluster.Nodes.Held[_random.Next(_cluster.Nodes.Held.Count)]);
    }

    private void EndFaults()
    {
        _cluster.Nodes.ReleaseAll();
        _paused.ForEach(_cluster.Nodes.Resume);
        Array.ForEach(Masters, master => _cluster.Start(master));
        _cluster.Advance(25);
        CheckAnswers();
    }

    private void CheckAnswers()
    {
        foreach (Asked asked in _asked.Where(static asked => !asked.IsChecked && asked.Call.Reply is not null))
        {
            asked.IsChecked = true;
            int times = asked.Call.Replies.Count;
            Assert.True(times == 1, $"{asked.Request} was answered {times} times");
            Count(asked.Call.Reply!.GetType().Name);
            Check(asked, asked.Call.Reply!);
        }

        foreach (Asked asked in _asked.Where(static asked => asked.IsChecked))
            Acknowledge(asked);
    }

    /// <summary>What was answered is at least as new as all that was acknowledged before it was asked for.</summary>
    private void Check(Asked asked, Message reply)
    {
        switch (reply)
        {
            case ShardOwner owner:
                bool isFresh = owner.Epoch.Value >= asked.EpochBefore;
                Assert.True(isFresh, $"{asked.Request}: {owner} is older than {asked.EpochBefore}");
                break;
            case MoveDecided decided:
                CheckVerdict(((DecideMove)asked.Request).Shard, decided);
                break;
            case ConfigReply config:
                bool isNewest = config.Epoch.Value >= asked.MapEpochBefore;
                Assert.True(isNewest, $"{config.Epoch} is older than {asked.MapEpochBefore}");
                break;
        }
    }

    /// <summary>What was committed once is not anything else for anybody, whoever led when it was asked.</summary>
    private void CheckVerdict(ShardId shard, MoveDecided decided)
    {
        Count(decided.Decision.ToString());
        bool isCommitted = decided.Decision == MoveDecision.Committed;
        bool wasCommitted = _verdicts.GetValueOrDefault((shard, decided.Move, decided.Granted), isCommitted);
        Assert.Equal(wasCommitted, isCommitted);
        _verdicts[(shard, decided.Move, decided.Granted)] = isCommitted;
    }

    private void Acknowledge(Asked asked)
    {
        if (asked is { Call.Reply: ShardOwner owner, Request: LocateShard or QueryShard or ReportOwner })
        {
            int shard = ShardOf(asked.Request);
            _acknowledged[shard] = Math.Max(_acknowledged.GetValueOrDefault(shard), owner.Epoch.Value);
        }
        else if (asked.Call.Reply is ConfigReply config)
        {
            _mapEpoch = Math.Max(_mapEpoch, config.Epoch.Value);
        }
    }

    private void CheckEnd()
    {
        MasterName[] leaders = [.. Masters.Where(master => _cluster.Node(master).Role == LogRole.Leading)];
        Assert.True(leaders.Length == 1, $"{leaders.Length} lead after the faults have ended");
        Assert.Equal(_cluster.Node(N1).Applied, _cluster.Node(N2).Applied);
        Assert.Equal(_cluster.Node(N1).State.Digest, _cluster.Node(N2).State.Digest);
        Assert.Equal(leaders[0], _cluster.Node(N1).State.Primary);
        Assert.Empty(_cluster.Nodes.Alarms);
        Dictionary<Term, MasterName> openers = _cluster.Log
            .Where(static record => record.Kind == RecordKind.TermStart)
            .ToDictionary(static record => record.After.Term, static record => new MasterName(record.Writer.Node));
        List<MasterEntry> decisions = _cluster.Decisions;
        CheckSwitchovers();
        foreach (Asked asked in _asked)
            CheckAgainstTheLog(asked, openers, decisions);
    }

    /// <summary>A hand-over is taken only while it is the last decision of its term, so never after its cancellation.</summary>
    private void CheckSwitchovers()
    {
        List<(Term Term, MasterEntry Entry)> decisions = [.. _cluster.Log.SelectMany(static record => record.Entries
            .Select(entry => (record.After.Term, MasterEntryCodec.Decode(entry.Span))))];
        foreach ((Term term, MasterEntry entry) in decisions)
        {
            if (entry is MasterEntry.TakenOver { Record: { Reason: TakeoverReason.Switchover } taken })
            {
                Count("hand-over taken");
                MasterEntry before = decisions.Last(decision => decision.Term < term).Entry;
                Assert.Equal(new MasterEntry.Switchover(taken.To), before);
            }
            else if (entry is MasterEntry.SwitchoverCancelled)
            {
                Count("hand-over cancelled");
            }
        }
    }

    private static void CheckAgainstTheLog(
        Asked asked, Dictionary<Term, MasterName> openers, List<MasterEntry> decisions)
    {
        bool isLogged = asked.Request is ReportOwner report && decisions.OfType<MasterEntry.OwnerReported>().Any(
            entry => (entry.Shard, entry.Owner, entry.Epoch, entry.Empty) == (report.Shard, report.Owner, report.Epoch, report.Empty));
        switch (asked.Call.Reply)
        {
            case HeartbeatReply claim:
                Assert.Equal(openers[claim.Term], claim.Primary);
                break;
            case SwitchoverReply claim:
                Assert.Equal(openers[claim.Term], claim.Primary);
                break;
            case ShadowStatusReply claim:
                Assert.Equal(openers[claim.Term], claim.Primary);
                break;
            case FailoverReply done:
                Assert.Contains(
                    decisions, entry => entry is MasterEntry.TakenOver taken && Fulfils(taken.Record, done));
                break;
            case NotPrimary or MasterRefusal:
                Assert.False(isLogged, $"{asked.Request} was refused with certainty and is in the log");
                break;
            case ShardOwner owner when asked.Request is ReportOwner told && owner.Epoch == told.Epoch:
                Assert.True(isLogged, $"{asked.Request} was acknowledged and is not in the log");
                break;
            case null:
                Assert.False(asked.Run.IsUp, $"{asked.Request} of {asked.At} was never answered");
                break;
        }
    }

    private static bool Fulfils(TakeoverRecord record, FailoverReply reply) =>
        record.Reason != TakeoverReason.Switchover && record.Reply() == reply;

    private static int ShardOf(Message request) => request switch
    {
        LocateShard locate => locate.Shard.Value,
        QueryShard query => query.Shard.Value,
        ReportOwner report => report.Shard.Value,
        _ => throw new ArgumentException(request.GetType().Name, nameof(request)),
    };

    private void Count(string what) => Seen[what] = Seen.GetValueOrDefault(what) + 1;

    private sealed record Asked(
        Message Request, TestCall Call, TestNode Run, ulong EpochBefore, ulong MapEpochBefore, Instant At)
    {
        internal bool IsChecked { get; set; }
    }
}
