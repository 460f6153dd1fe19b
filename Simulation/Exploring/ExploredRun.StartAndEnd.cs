using OrleansShards.Simulation.Checkers;

namespace OrleansShards.Simulation.Exploring;

// What is not explored: the start, and the end.
internal sealed partial class ExploredRun
{
    private const int SetUpRoundsMax = 200;

    private ulong _setUp;

    /// <summary>
    /// From here on everything happens in order, and time passes: what the cluster has promised must become true, and the rules of an
    /// end must hold.
    /// </summary>
    /// <exception cref="ViolationException">It does not.</exception>
    internal void Close()
    {
        _world.Trace?.Note("everything that is under way arrives from now on, and time passes");
        for (int round = 0; !HasRecovered(); round++)
        {
            if (round == _small.CloseRounds)
                throw new ViolationException("recovers", $"after {round} rounds of ticks: {Missing()}");

            TickAll(_small.CloseTickMs);
            Drain();
        }

        foreach (Checker checker in _world.Checkers)
            checker.Ended();

        _small.Check(_history, _world);
    }

    /// <summary>Creates the cluster, with everything in order, up to where the exploration begins.</summary>
    private void SetUp()
    {
        foreach (Seat seat in _seats)
            Begin(seat);

        AskAndWait(0, new ClientRequest.OfPrimary(new CreateCluster(_memory.Plan.Definition)));
        for (int gateway = 0; gateway < _small.Gateways - _small.Strangers; gateway++)
        {
            foreach (ClientRequest request in _small.Before)
                AskAndWait(gateway, request);
        }

        foreach (Seat seat in _seats)
            seat.Ticks = 0;

        AskNext(0);
        while (_small.From is { } from && !IsNow(from))
            HappenNext();

        if (_small.Paused is { } paused)
            AskWhilePaused(paused.Client, _seats.Find(seat => seat.Name == paused.Node)!);

        for (int client = 1; client < _asked.Length; client++)
        {
            if (client != _small.Paused?.Client)
                AskNext(client);
        }
    }

    private void AskWhilePaused(int client, Seat paused)
    {
        AskNext(client);
        while (_asked[client] == 0 || _history.All.Any(asked => asked.Client == client && asked.Outcome is null))
            HappenNext(pending => !IsAt(paused, pending));
    }

    // What it has asked of the store belongs to it, too.
    private bool IsAt(Seat seat, Pending pending) => pending switch
    {
        Pending.Call call => call.To == seat.Address,
        Pending.Arrival arrival => SeatOf(arrival.Run) == seat,
        Pending.Request request => SeatOf(request.Run) == seat,
        _ => false,
    };

    private bool IsNow(Moment moment) => _pending.Exists(pending => pending is Pending.Call call && moment.IsIt(call.Happened.Request));

    private void Begin(Seat seat)
    {
        seat.Starts++;
        seat.IsStarted = false;
        Digest128 name = GraphDigest.Of(_names, seat.Address).With((ulong)seat.Starts);
        Incarnation id = new(name.High);
        string label = seat.Starts == 1 ? $"{seat.Address}" : $"{seat.Address} (run {seat.Starts})";
        seat.Run = new NodeRun(_memory.Plan.Create(seat.Address, id), id, seat.Machine, label);
        seat.History = name;
        _pending.Add(new Pending.Start(name, seat.Run));
    }

    private void AskAndWait(int client, ClientRequest request)
    {
        Drain();
        Message? outcome = null;
        Submit(GatewayOf(client), GraphDigest.Of(_names, request), ++_setUp, request, ended => outcome = ended);
        for (int round = 0; round < SetUpRoundsMax; round++)
        {
            Drain();
            if (outcome is not null)
                break;

            TickAll(_small.CloseTickMs);
        }

        if (outcome is not ClientOutcome.Applied)
            throw new InvalidOperationException($"the world {_small.Name} cannot be set up: {Wording.Of(request)} ended with {outcome}");
    }

    private void TickAll(int ms)
    {
        foreach (Seat seat in _seats.Where(static seat => seat.IsStarted))
            Tick(seat, ms);
    }

    private void Drain()
    {
        while (_pending.Count > 0)
            HappenNext();
    }

    private void HappenNext(Predicate<Pending>? may = null)
    {
        Pending first = _pending.Find(pending => CanHappen(pending) && (may is null || may(pending)))
            ?? throw new InvalidOperationException($"the world {_small.Name} cannot be set up: nothing is left to happen");
        _pending.Remove(first);
        Happen(first);
    }

    private bool HasRecovered() =>
        _pending.Count == 0 && IsOver()
        && _seats.TrueForAll(static seat => seat.Run!.Owes.Count == 0)
        && _seats.Count(static seat => seat.Run!.Node is MasterNode { Role: LogRole.Leading }) == 1;

    /// <summary>Whether every request has ended, and every move.</summary>
    private bool IsOver() =>
        _history.All.Count == _small.Clients.Sum(static client => client.Length)
        && _history.All.All(static asked => asked.Outcome is not null)
        && _liveness.MovesAreOver();

    private string Missing()
    {
        string[] open = [.. _history.All.Where(static asked => asked.Outcome is null).Select(static asked => Wording.Of(asked.Request))];
        string[] owing = [.. _seats.Where(static seat => seat.Run!.Owes.Count > 0).Select(static seat => $"{seat.Run} owes an answer")];
        return string.Join("; ", [.. open, .. owing, _liveness.MovesState()]);
    }
}
