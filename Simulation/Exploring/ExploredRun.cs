using System.Collections.Immutable;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Exploring;

/// <summary>
/// One order of events of a small world, from its start. At each moment it says what may happen next, and the explorer chooses. Nodes,
/// logs and checkers are the simulator's; network, store and time do only what is chosen.
/// </summary>
internal sealed partial class ExploredRun : IOutside
{
    private static readonly ImmutableHashSet<Type> Shared =
        [typeof(SmallWorld), typeof(ExplorationMemory), typeof(RunOptions), typeof(ClusterPlan)];

    private readonly SmallWorld _small;
    private readonly ExplorationMemory _memory;
    private readonly World _world;
    private readonly List<Seat> _seats = [];
    private readonly List<Pending> _pending = [];
    private readonly SortedDictionary<string, Digest128> _logs = new(StringComparer.Ordinal);
    private readonly LivenessChecker _liveness;
    private readonly int[] _asked;
    private readonly ExploredHistory _history = new();
    private readonly RunNames _names = new();
    private Seat? _turn;
    private int _crashes;
    private int _doubtful;
    private int _refused;
    private int _lost;

    internal ExploredRun(SmallWorld small, ExplorationMemory memory, Trace? conversation = null)
    {
        (_small, _memory) = (small, memory);
        _world = new World(memory.Options, conversation) { Outside = this };
        _world.Count(Faults.FaultKind.ClockJump); // Nodes' clocks are independent: no silence has a length.
        _asked = new int[small.Clients.Length];
        _liveness = new LivenessChecker(_world, memory.Plan.Definition);
        _world.Checkers.AddRange([
            new DigestChecker(_world), new BackupChecker(_world), new OwnershipChecker(_world), new LeadershipChecker(_world),
            new MoveChecker(_world), new GroupChecker(_world),
        ]);
        foreach (NodeAddress address in small.Addresses())
        {
            Machine machine = new(_seats.Count, address.ToString(), memory.Options.Stream("clock"), 0, 1_000);
            machine.Start(0);
            _seats.Add(new Seat(address, machine));
        }

        SetUp();
    }

    internal ExploredHistory History => _history;

    /// <summary>A run that has had the same events, and goes on by itself.</summary>
    internal ExploredRun Copy() => GraphCopy.Of(this, Shared);

    /// <summary>What may happen next, in an order that follows from what has happened.</summary>
    internal List<Choice> Choices()
    {
        List<Choice> choices = [];
        if (_small.HasMoves && (IsOver() || (_small.Until is { } until && IsNow(until))))
            return choices;

        // Nothing happens at a node before it starts: when it does makes no difference to the others.
        if (_pending.Find(static pending => pending is Pending.Start) is { } start)
            return [new Choice(ChoiceKind.Happens, start, null)];

        foreach (Pending pending in _pending)
            AddChoices(pending, choices);

        foreach (Seat seat in _seats)
        {
            if (seat.IsStarted && seat.Ticks < TicksOf(seat).Length)
                choices.Add(new Choice(ChoiceKind.Ticks, null, seat));

            if (seat.IsStarted && !seat.HasCrashed && _crashes < _small.Crashes && _small.MayCrash.Contains(seat.Name))
                choices.Add(new Choice(ChoiceKind.Crashes, null, seat));
        }

        return choices;
    }

    /// <summary>A choice as it is known in other states.</summary>
    internal ExploredEvent EventOf(Choice choice)
    {
        Digest128 what = choice.What is { } pending ? ContentOf(pending) : Digest128.Empty.With((ulong)_seats.IndexOf(choice.Seat!));
        return new ExploredEvent(what.With((ulong)choice.Kind), NodeOf(choice), LogOf(choice));
    }

    /// <summary>Lets one of the choices happen.</summary>
    /// <exception cref="ViolationException">A rule was broken.</exception>
    internal void Take(Choice choice)
    {
        _world.Trace?.Note(choice.ToString());
        if (choice.What is { } what)
            _pending.Remove(what);

        switch (choice.Kind)
        {
            case ChoiceKind.Happens:
                Happen(choice.What!);
                break;
            case ChoiceKind.Completes:
                Complete((Pending.Request)choice.What!);
                break;
            case ChoiceKind.Ticks:
                Tick(choice.Seat!, TicksOf(choice.Seat!)[choice.Seat!.Ticks++]);
                break;
            case ChoiceKind.Crashes:
                Crash(choice.Seat!);
                break;
            case ChoiceKind.IsLost:
                _lost++;
                Lose((Pending.Arrival)choice.What!);
                break;
            case ChoiceKind.IsRefused:
                _refused++;
                Refuse((Pending.Request)choice.What!);
                break;
            case ChoiceKind.IsStoredUnknown or ChoiceKind.IsDelayed:
                _doubtful++;
                Doubt((Pending.Request)choice.What!, choice.Kind == ChoiceKind.IsStoredUnknown);
                break;
        }

        while (_small.HasMoves && _pending.OfType<Pending.Request>().FirstOrDefault(IsOfCheckpoint) is { } checkpoint)
        {
            _pending.Remove(checkpoint);
            Complete(checkpoint);
        }
    }

    /// <summary>Equal digests: what can happen from now on, and what is said of it, is the same.</summary>
    internal Digest128 Digest()
    {
        Digest128 digest = Digest128.Empty.With((ulong)_crashes).With((ulong)_doubtful).With((ulong)_lost).With((ulong)_refused);
        foreach (Seat seat in _seats)
        {
            digest = digest.With(_memory.Of(seat.History, () => GraphDigest.Of(_names, seat.Run!)))
                .With((ulong)seat.Starts).With((ulong)seat.Ticks).With(seat.IsStarted ? 1UL : 0).With((ulong)seat.ElapsedMs);
        }

        foreach (StoreImage image in _world.Store.Logs.OrderBy(static image => image.Truth.Name.Value, StringComparer.Ordinal))
            digest = digest.With(_memory.Of(_logs.GetValueOrDefault(image.Truth.Name.Value), () => GraphDigest.Of(_names, image)));

        Digest128 underWay = default;
        foreach (Pending pending in _pending)
            underWay = underWay.Plus(ContentOf(pending));

        // What one checker remembers is only which checkpoints it need not look at again.
        IEnumerable<Checker> checkers = _world.Checkers.Where(static checker => checker is not BackupChecker);
        return digest.With(underWay).With(GraphDigest.Of(_names, [_asked, _history, .. checkers]));
    }

    void IOutside.Ask(NodeRun run, StoreRequest request)
    {
        Digest128 id = NextId();
        _names.Add(request.Op, _memory.Of(id.With(6), () => GraphDigest.Of(_names, run.Id, request with { Op = default })));
        _pending.Add(new Pending.Request(id, run, request, false));
    }

    void IOutside.Call(NodeRun run, Effect.Call call)
    {
        Digest128 id = NextId();
        _names.Add(call.Id, _memory.Of(id.With(6), () => GraphDigest.Of(_names, run.Id, call.To, call.Request)));
        if (_seats.Exists(seat => seat.Address == call.To))
            _pending.Add(new Pending.Call(id, call.To, new Event.Called(call.Id, run.Address, call.Request)));
        else
            _names.End(call.Id);
    }

    void IOutside.Answer(NodeRun run, Effect.Answer answer)
    {
        Digest128 id = NextId();
        if (Find(answer.Id.Caller) is { } caller)
            _pending.Add(new Pending.Arrival(id, caller, new Event.Answered(answer.Id, answer.Reply)));
    }

    void IOutside.Publish(NodeRun run, Message notice)
    {
        foreach (Seat seat in _seats.Where(seat => _small.HasNotices && seat.Run is not null && seat.Run != run))
            _pending.Add(new Pending.Arrival(NextId(), seat.Run!, new Event.Published(notice)));
    }

    void IOutside.FlushSoon(NodeRun run) => _world.Deliver(run, Event.Flush.Instance);

    private string? NodeOf(Choice choice) => choice switch
    {
        { Kind: ChoiceKind.Ticks } => PlaceOf(choice.Seat!),
        { Kind: ChoiceKind.Completes, What: Pending.Request request } => PlaceOf(SeatOf(request.Run)),
        { Kind: not ChoiceKind.Happens } => null,
        { What: Pending.Ask ask } => PlaceOf(GatewayOf(ask.Client)),
        { What: Pending.Call call } => PlaceOf(_seats.Find(seat => seat.Address == call.To)!),
        { What: Pending.Start start } => PlaceOf(SeatOf(start.Run)),
        { What: Pending.Arrival arrival } => PlaceOf(SeatOf(arrival.Run)),
        _ => null,
    };

    private string? LogOf(Choice choice) => choice is
    {
        Kind: ChoiceKind.Happens or ChoiceKind.Completes,
        What: Pending.Request request,
    }
        ? PlaceOf(request.What.Log)
        : null;

    // Where checkpoints are written at once, an event at a node may change its log, too: both are one place.
    private string PlaceOf(LogName log) => (_small.HasMoves ? _seats.Find(seat => IsOwn(seat, log))?.Name : null) ?? log.Value;

    private static bool IsOwn(Seat seat, LogName log) => log == LogName.Master
        ? seat.Address.Kind == NodeKind.Master
        : seat.Address.Kind == NodeKind.Shard && log == LogName.Shard(new GroupId(seat.Address.Name), new ShardId(seat.Address.Number));

    private static string PlaceOf(Seat seat) => seat.Address.Kind == NodeKind.Client ? "routers" : seat.Name;

    private Digest128 ContentOf(Pending pending) => _memory.Of(pending.Id, () => pending.Content(_names));

    private Digest128 NextId() => _turn!.History.With(++_turn.Effects);

    private NodeRun? Find(Incarnation id) => _seats.Find(seat => seat.Run?.Id == id && seat.Run.IsUp)?.Run;

    private Seat SeatOf(NodeRun run) => _seats.Find(seat => seat.Run == run)!;

    private ImmutableArray<int> TicksOf(Seat seat) => _small.Ticks.GetValueOrDefault(seat.Name, []);

    private void AddChoices(Pending pending, List<Choice> choices)
    {
        if (!CanHappen(pending) || IsPaused(pending))
            return;

        choices.Add(new Choice(IsAlone(pending) ? ChoiceKind.Completes : ChoiceKind.Happens, pending, null));
        if (pending is Pending.Arrival { Happened: Event.Answered } && _lost < _small.LostAnswers)
            choices.Add(new Choice(ChoiceKind.IsLost, pending, null));

        if (pending is not Pending.Request { What: StoreRequest.Put, IsReported: false, Run.IsUp: true })
            return;

        if (_doubtful < _small.DoubtfulPuts)
        {
            choices.Add(new Choice(ChoiceKind.IsStoredUnknown, pending, null));
            choices.Add(new Choice(ChoiceKind.IsDelayed, pending, null));
        }

        if (_refused < _small.RefusedPuts)
            choices.Add(new Choice(ChoiceKind.IsRefused, pending, null));
    }

    // Whatever happens between such a request and its completion does not depend on whether it has been carried out: it may be carried out
    // after that as well. Only a request to the log that changes what it finds, or the other way round, may, and the run's end.
    private bool IsAlone(Pending pending) =>
        !_memory.SplitsCompletions && pending is Pending.Request { IsReported: false, Run.IsUp: true } alone
        && (!_small.HasMoves || IsOwn(SeatOf(alone.Run), alone.What.Log))
        && _pending.TrueForAll(other => other == pending || other is not Pending.Request request || request.IsIndependentOf(alone));

    private static bool IsOfCheckpoint(Pending.Request request) =>
        request is { Run.IsUp: true, What: StoreRequest.PutChunk or StoreRequest.Publish or StoreRequest.Drop };

    /// <summary>Nothing arrives at a node that has not started.</summary>
    private bool CanHappen(Pending pending) => pending switch
    {
        Pending.Call call => _seats.Exists(seat => seat.Address == call.To && seat.IsStarted),
        Pending.Arrival arrival => SeatOf(arrival.Run).IsStarted,
        _ => true,
    };

    private bool IsPaused(Pending pending) =>
        _small.PausedThroughout is { } paused && IsAt(_seats.Find(seat => seat.Name == paused)!, pending);

    private void Happen(Pending what)
    {
        switch (what)
        {
            case Pending.Ask ask:
                Ask(ask);
                break;
            case Pending.Start start:
                SeatOf(start.Run).IsStarted = true;
                Deliver(start.Run, start.Id, Event.Started.Instance);
                break;
            case Pending.Call call:
                Deliver(_seats.Find(seat => seat.Address == call.To)!.Run!, call.Id, call.Happened);
                break;
            case Pending.Arrival arrival:
                EndOf(arrival.Happened);
                Deliver(arrival.Run, arrival.Id, arrival.Happened);
                break;
            case Pending.Request request:
                Execute(request);
                break;
        }
    }

    private void EndOf(Event happened)
    {
        object? ended = happened switch
        {
            Event.Answered answered => answered.Id,
            Event.CallFailed failed => failed.Id,
            Event.Stored stored => stored.Completion.Op,
            _ => null,
        };
        if (ended is not null)
            _names.End(ended);
    }

    private void Ask(Pending.Ask ask)
    {
        ClientRequest request = _small.Clients[ask.Client][_asked[ask.Client]++];
        ExploredHistory.Asked asked = _history.Begin(ask.Client, request);
        ulong ticket = ((ulong)(ask.Client + 1) << 32) + (ulong)_asked[ask.Client];
        Submit(GatewayOf(ask.Client), ask.Id, ticket, request, outcome =>
        {
            _history.End(asked, outcome);
            AskNext(ask.Client);
        });
    }

    private void AskNext(int client)
    {
        if (_asked[client] < _small.Clients[client].Length)
            _pending.Add(new Pending.Ask(Digest128.Empty.With((ulong)client).With((ulong)_asked[client]), client));
    }

    private Seat GatewayOf(int client) => _seats[_seats.Count - _small.Gateways + (client < _small.Gateways ? client : 0)];

    private void Submit(Seat gateway, Digest128 id, ulong ticket, ClientRequest request, Action<Message> ended)
    {
        (_turn, gateway.History, gateway.Effects) = (gateway, gateway.History.With(id), 0);
        _world.Submit(gateway.Run!, ticket, request, TimeSpan.FromMilliseconds(_small.DeadlineMs), ended);
        _world.RunUntil(_world.Now);
    }

    private void Deliver(NodeRun run, Digest128 id, Event happened)
    {
        Seat seat = SeatOf(run);
        (_turn, seat.History, seat.Effects) = (seat, seat.History.With(id), 0);
        _world.Deliver(run, happened);
        _world.RunUntil(_world.Now); // A request that has ended is told to its client.
    }

    private void Execute(Pending.Request request)
    {
        StoreCompletion completion = Carry(request, out Digest128 id);
        if (!request.IsReported && request.Run.IsUp)
            _pending.Add(new Pending.Arrival(id, request.Run, new Event.Stored(completion)));
    }

    private void Complete(Pending.Request request)
    {
        Event.Stored stored = new(Carry(request, out Digest128 id));
        EndOf(stored);
        Deliver(request.Run, id, stored);
    }

    private StoreCompletion Carry(Pending.Request request, out Digest128 id)
    {
        string log = request.What.Log.Value;
        _logs[log] = _logs.GetValueOrDefault(log).With(request.Id);
        id = _logs[log].With(1);
        return _world.Store.Execute(request.Run, request.What);
    }
}
