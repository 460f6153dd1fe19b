using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Workload;

namespace OrleansShards.Simulation.Running;

/// <summary>One run: clients use a cluster while faults happen, then it has to recover by a deadline; then histories are checked.</summary>
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
    private readonly LivenessChecker _liveness;
    private bool _isFounded;

    private Run(RunOptions options, Trace? trace)
    {
        _options = options;
        _plan = new ClusterPlan(options);
        _world = new World(options, trace);
        if (trace is not null)
            trace.Clock = () => _world.Now;

        _calls = new GatewayCalls(_world, _plan.Gateways);
        _operator = new Operator(_world, _calls, _plan);
        _nemesis = new Nemesis(_world, _calls, _operator, _plan);
        _verifier = new Verifier(_world, _calls, _ledger);
        _liveness = new LivenessChecker(_world, _plan.Definition);
        _world.Checkers.AddRange([
            new DigestChecker(_world),
            new BackupChecker(_world),
            new OwnershipChecker(_world),
            new LeadershipChecker(_world),
            _liveness,
            new MoveChecker(_world),
            new DoubtChecker(),
            new GroupChecker(_world),
            new HistoryChecker(_world, _ledger, _verifier),
        ]);
    }

    /// <summary>Carries a run out, up to the first broken rule. Equal options give bit-identical results and traces anywhere.</summary>
    internal static RunResult Execute(RunOptions options, TextWriter? trace = null)
    {
        if (trace is null)
            return new Run(options, null).Execute();

        foreach (string line in options.Lines().Prepend(options.Command()))
            trace.Write(line + '\n');

        return new Run(options, new Trace(trace)).Execute();
    }

    private RunResult Execute()
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
            // Either the simulator is wrong, or a log has an entry that its own state machine refuses.
            _world.Trace?.Note($"the run fails: {defect.Message}");
            return new RunResult(_options, "no-run-fails", defect.ToString(), Statistics());
        }
    }

    private void Begin()
    {
        _plan.Deploy(_world);
        EverySecond();
        Found();
        if (_options["found-in-faults"] == 0 && !_world.RunUntil(FoundingLimit, () => _isFounded))
            throw new ViolationException("recovers", "the cluster was not created within 60 s, though no fault has happened yet");
    }

    private void Found()
    {
        ClientRequest request = new ClientRequest.OfPrimary(new CreateCluster(_plan.Definition));
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
            ClientProcess client = new(_world, _calls, _ledger, number);
            _clients.Add(client);
            client.Start();
        }

        new MapReader(_world, _calls).Start();
        _nemesis.Plan(Schedule.Of(_options));
        _world.RunUntil(_world.Now + (_options["faults-ms"] * 1_000));
    }

    private void Recover()
    {
        _nemesis.Heal();
        long deadline = _world.Now + (_options["heal-ms"] * 1_000);
        Await(deadline, () => _isFounded, () => "the cluster was not created");
        Await(deadline, () => _clients.TrueForAll(static client => client.IsIdle), WaitingState);
        Await(deadline, () => _nemesis.HandOvers.TrueForAll(static handOver => handOver.IsOver), WaitingState);
        _verifier.Start();
        Await(deadline, () => _verifier.IsDone, () => _verifier.State);
        Await(deadline, _liveness.MastersAgree, _liveness.MastersState);
        Await(deadline, () => _liveness.Owed(_world.HealedAt) is null, () => _liveness.Owed(_world.HealedAt)!);
        Await(deadline, () => _operator.IsIdle, static () => "an operator waits");
        Await(deadline, _liveness.MovesAreOver, _liveness.MovesState);
        MoveChecker.CheckPlaces(_world, _nemesis.HandOvers.Count > 0);
    }

    private void Await(long deadline, Func<bool> condition, Func<string> what)
    {
        if (!_world.RunUntil(deadline, condition))
            throw new ViolationException("recovers", $"{_options["heal-ms"]} ms after everything was healed: {what()}");
    }

    private string WaitingState() => string.Join("; ", [
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
        RunStatistics statistics = _world.Statistics;
        statistics.Microseconds = _world.Now;
        statistics.Takeovers = _world.Store.Of(LogName.Master).Truth.Takeovers;
        statistics.HandOvers = _nemesis.HandOvers.Count(static handOver => handOver.IsCommitted);
        statistics.Checkpoints = _world.Store.Logs.Count(static log => log.Manifest is not null);
        return statistics;
    }
}

/// <summary>The result of a run: the rule that was broken, and what was seen; null and empty if none was.</summary>
internal sealed record RunResult(RunOptions Options, string? Rule, string Text, RunStatistics Statistics);
