using System.Text;
using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>
/// Three replicas of one log under everything that a store, a network and a scheduler can do to them, drawn from a
/// seed; then everything heals, and one of them has to lead and commit within a bounded time.
/// </summary>
internal sealed partial class RandomSchedule
{
    private static readonly string[] Names = ["a", "b", "c"];

    private readonly Random _random;
    private readonly ScriptedStore _store = new();
    private readonly LogModel _model;
    private readonly ScheduleCounts _counts;
    private readonly LogOptions _options;
    private readonly ReplicaHost?[] _running = new ReplicaHost?[Names.Length];
    private readonly List<(ReplicaHost Asker, PendingRequest Request)> _ghosts = [];
    private readonly List<StoreRequest> _late = [];
    private readonly List<Asked> _reads = [];
    private readonly int[] _sleepsUntil = new int[Names.Length];
    private readonly int _faults;
    private readonly int _putFaults;
    private int _step;
    private Instant _now;
    private ulong _runs;

    internal RandomSchedule(int seed, ScheduleCounts counts)
    {
        _random = new Random(seed);
        _model = new LogModel(_store);
        _counts = counts;
        _faults = _random.Next(4) == 0 ? 0 : _random.Next(30);
        _putFaults = _random.Next(4) == 0 ? 0 : _random.Next(90);
        _options = new LogOptions
        {
            HeartbeatInterval = _random.Next(2) == 0 ? TimeSpan.FromSeconds(1) : null,
            CheckpointRecords = _random.Next(2, 9),
            CheckpointBytes = _random.Next(3) == 0 ? 200 : 1 << 20,
            ChunkBytes = _random.Next(4, 20),
            DigestRecords = _random.Next(1, 5),
            BatchBytesMax = _random.Next(2, 20),
            ReadBytesMax = _random.Next(1, 600),
        };
    }

    internal void Run()
    {
        int steps = _random.Next(100, 400);
        for (_step = 1; _step <= steps; _step++)
            Disturb();

        Heal();
        _model.CheckFates();
        _model.CheckFences();
        _counts.Add(_model);
    }

    private void Disturb()
    {
        int which = _random.Next(Names.Length);
        if (_running[which] is not { } host)
        {
            Start(which);
            return;
        }

        if (_step < _sleepsUntil[which] || FallsAsleep(which, host))
            return;

        switch (_random.Next(100))
        {
            case < 18 when host.Replica.Role != LogRole.Leading && _random.Next(8) > 0: break;
            case < 11: Propose(host); break;
            case < 18: Read(host); break;
            case < 30: Step(host, (replica, output) => replica.Flush(_now, output)); break;
            case < 33: Hurry(host); break;
            case < 40: Tick(host); break;
            case < 43: Step(host, (replica, output) => replica.Lead(_now, output)); break;
            case < 44: Step(host, (replica, output) => replica.StepDown(_now, output)); break;
            case < 47: Step(host, (replica, output) => replica.Poll(_now, output)); break;
            case < 48: Crash(which, host); break;
            case < 73: Apply(host); break;
            case < 97: Deliver(host); break;
            default: Haunt(host); break;
        }
    }

    /// <summary>
    /// A process may stop between deciding on a put and the put's arrival, for as long as the others need to go on and
    /// to forget the number.
    /// </summary>
    private bool FallsAsleep(int which, ReplicaHost host)
    {
        bool isPutting = host.Pending.Any(pending => pending is { Completion: null, Request: StoreRequest.Put });
        if (!isPutting || _random.Next(12) > 0)
            return false;

        _sleepsUntil[which] = _step + _random.Next(150);
        return true;
    }

    /// <summary>A stretch without trouble: what is proposed is put, what is asked is done.</summary>
    private void Hurry(ReplicaHost host)
    {
        for (int i = _random.Next(6); i >= 0; i--)
        {
            Propose(host);
            Step(host, (replica, output) => replica.Flush(_now, output));
            Settle(host);
        }
    }

    private void Start(int which)
    {
        ReplicaHost host = new(Names[which], ++_runs, _options);
        _running[which] = host;
        Step(host, (replica, output) => replica.Start(_now, output));
    }

    /// <summary>What it has asked is on its way all the same, and what comes of it may reach its next run.</summary>
    private void Crash(int which, ReplicaHost host)
    {
        _ghosts.AddRange(host.Pending.Select(pending => (host, pending)));
        _running[which] = null;
        _counts.Crashes++;
    }

    private void Propose(ReplicaHost host)
    {
        Proposed proposed = _model.Propose(host);
        Step(host, (replica, output) => replica.Propose(Encoding.UTF8.GetBytes(proposed.Word), proposed, output));
    }

    private void Read(ReplicaHost host)
    {
        Asked asked = new(_model.Floor, host);
        _reads.Add(asked);
        Step(host, (replica, output) => replica.Read(asked, output));
    }

    private void Tick(ReplicaHost host)
    {
        _now += TimeSpan.FromMilliseconds(_random.Next(30) == 0 ? 8000 : _random.Next(1, 200));
        Step(host, (replica, output) => replica.Tick(_now, output));
    }

    private void Step(ReplicaHost host, Action<LogReplica<string>, LogOutput<string>> step)
    {
        LogRole before = host.Replica.Role;
        (List<Effect> effects, List<LogNotice<string>> notices) = host.Step(step);
        _model.Check(host);
        foreach (LogNotice<string> notice in notices)
        {
            _model.Told(host, notice);
            _counts.Add(notice);
            if (notice.Context is Asked asked)
            {
                Assert.False(asked.IsAnswered, "a read is answered twice");
                asked.IsAnswered = true;
            }
        }

        bool reloads = before != LogRole.Loading && host.Replica.Role == LogRole.Loading;
        _counts.Reloads += reloads && effects.Count > 0 ? 1 : 0;
        Assert.True(host.Machine.OpenViews <= (host.Replica.Role == LogRole.Leading ? 1 : 0), $"{host.Name} leaves a view open");
    }
}
