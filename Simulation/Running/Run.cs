using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Tracing;
using OrleansShards.Simulation.Workload;

namespace OrleansShards.Simulation.Running;

/// <summary>
/// One run: a cluster is founded, clients work on it while things go wrong, then everything is healed and has to be
/// well again by a deadline; then the histories are checked.
/// </summary>
internal sealed class Run
{
    private const long Second = 1_000_000;
    private const long FoundingLimit = 60 * Second;

    private readonly RunOptions _options;
    private readonly ClusterPlan _plan;
    private readonly World _world;
    private readonly GatewayCalls _calls;
    private readonly Ledger _ledger = new();
    private readonly Operator _operator;
    private readonly Nemesis _nemesis;
    private readonly List<ClientProcess> _clients = [];
    private readonly Verifier _verifier;
    private bool _isFounded;
    private long _undecided;

    internal Run(RunOptions options, Trace? trace)
    {
        _options = options;
        _plan = new ClusterPlan(options);
        _world = new World(options, trace, ClusterPlan.Truth);
        if (trace is not null)
            trace.Clock = () => _world.Now;

        _calls = new GatewayCalls(_world);
        _operator = new Operator(_world, _calls, _plan.Definition, _plan.Gateways);
        _nemesis = new Nemesis(_world, _calls, _operator, _plan.Definition, _plan.Gateways);
        _verifier = new Verifier(_world, _calls, _ledger, _plan.Gateways);
        _world.Add(new DigestChecker(_world));
        _world.Add(new OwnershipChecker(_world));
        _world.Add(new TermChecker());
        _world.Add(new TakeoverChecker(_world));
        _world.Add(new AnswerChecker(_world));
        _world.Add(new ClaimChecker(_world));
        _world.Add(new MoveChecker(_world));
        _world.Add(new DecisionChecker(_world));
        _world.Add(new HistoryChecker(_ledger, _verifier, undecided => _undecided += undecided));
    }

    /// <summary>Carries the run out.</summary>
    internal RunResult Execute()
    {
        try
        {
            Begin();
            Work();
            Recover();
            foreach (Checker checker in _world.Checkers)
                checker.Ended();

            return new RunResult(_options, null, "", Statistics());
        }
        catch (ViolationException violation)
        {
            _world.Trace?.Note($"violation of {violation.Message}");
            return new RunResult(_options, violation.Rule, violation.Text, Statistics());
        }
        catch (Exception defect)
        {
            // Of the simulator, or an entry in a log that its own state machine refuses: a seed to look at either way.
            _world.Trace?.Note($"the run fails: {defect.Message}");
            return new RunResult(_options, "no-run-fails", defect.ToString(), Statistics());
        }
    }

    private void Begin()
    {
        _plan.Settle(_world);
        EverySecond();
        Found();
        if (_options["found-in-faults"] == 0)
        {
            if (!_world.RunUntil(FoundingLimit, () => _isFounded))
                throw new ViolationException("recovers", "the cluster is not founded within 60 s, though nothing has gone wrong yet");
        }
    }

    private void Found()
    {
        ClientRequest request = new ClientRequest.OfPrimary(new FoundCluster(_plan.Definition));
        bool isSent = _calls.Ask(_plan.Gateways[0], request, 4_500, outcome =>
        {
            _isFounded = outcome is ClientOutcome.Applied;
            if (!_isFounded)
                _world.After(Second / 10, Found);
        });
        if (!isSent)
            _world.After(Second / 10, Found);
    }

    private void Work()
    {
        for (int number = 0; number < _options["clients"]; number++)
        {
            ClientProcess client = new(_world, _calls, _ledger, _plan.Gateways, number);
            _clients.Add(client);
            client.Start();
        }

        new MapReader(_world, _calls, _plan.Gateways).Start();
        _nemesis.Plan(Schedule.Of(_options));
        _world.RunUntil(_world.Now + (_options["faults-ms"] * 1_000));
    }

    private void Recover()
    {
        _nemesis.Heal();
        long healedAt = _world.Now;
        long deadline = _world.Now + (_options["heal-ms"] * 1_000);
        Await(deadline, () => _isFounded, () => "the cluster is not founded");
        Await(deadline, AllIdle, WhoWaits);
        Await(deadline, HandOversOver, WhoWaits);
        _verifier.Start();
        Await(deadline, () => _verifier.IsDone, () => _verifier.State);
        RecoveryChecker recovery = new(_world, _plan.Definition);
        Await(deadline, recovery.MastersAgree, recovery.MastersState);
        Await(deadline, () => recovery.Owed(healedAt) is null, () => recovery.Owed(healedAt)!);
        Await(deadline, () => _operator.IsIdle, static () => "an operator waits");
        Await(deadline, recovery.MovesAreOver, recovery.MovesState);
        Await(deadline, recovery.MapIsRight, static () => "the shard map differs from who serves");
        MoveChecker.CheckPlaces(_world, _nemesis.HandOvers.Count > 0);
    }

    private void Await(long deadline, Func<bool> condition, Func<string> what)
    {
        if (!_world.RunUntil(deadline, condition))
            throw new ViolationException("recovers", $"{_options["heal-ms"]} ms after everything was healed: {what()}");
    }

    private bool AllIdle() => _clients.TrueForAll(static client => client.IsIdle);

    private bool HandOversOver() => _nemesis.HandOvers.All(static handOver => handOver.IsOver);

    private string WhoWaits() => string.Join("; ", [
        .. _clients.Where(static client => !client.IsIdle).Select(static client => client.State),
        .. _nemesis.HandOvers.Where(static handOver => !handOver.IsOver).Select(static handOver => handOver.ToString()),
    ]);

    private void EverySecond()
    {
        foreach (Checker checker in _world.Checkers)
            checker.Second();

        _world.After(Second, EverySecond);
    }

    private RunStatistics Statistics()
    {
        RunStatistics statistics = new()
        {
            Runs = 1,
            Microseconds = _world.Now,
            Steps = _world.Steps,
            Operations = _ledger.Ended,
            Refused = _ledger.Refused,
            Open = _ledger.Open,
            Repeated = _ledger.Repeated,
            Takeovers = _world.Store.Of(LogName.Master).Truth.Takeovers,
            HandOvers = _nemesis.HandOvers.Count(static handOver => handOver.IsCommitted),
            Moves = _nemesis.Moves,
            Checkpoints = _world.Store.Logs.Count(static log => log.Manifest is not null),
            Undecided = _undecided,
        };
        foreach ((FaultKind kind, long times) in _world.Faults)
            statistics.Faults[kind] = times;

        return statistics;
    }
}
