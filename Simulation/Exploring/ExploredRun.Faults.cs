namespace OrleansShards.Simulation.Exploring;

// What goes wrong, and time.
internal sealed partial class ExploredRun
{
    private void Doubt(Pending.Request request, bool isCarriedOut)
    {
        if (isCarriedOut)
            Carry(request, out _);
        else
            _pending.Add(request with { Id = request.Id.With(2), IsReported = true });

        StoreCompletion unknown = SimStore.Failure(request.What, PutOutcome.Unknown, "no answer from the store");
        _pending.Add(new Pending.Arrival(request.Id.With(3), request.Run, new Event.Stored(unknown)));
    }

    private void Refuse(Pending.Request request)
    {
        StoreCompletion refused = SimStore.Failure(request.What, PutOutcome.NotStored, "the store refuses");
        _pending.Add(new Pending.Arrival(request.Id.With(7), request.Run, new Event.Stored(refused)));
    }

    private void Lose(Pending.Arrival arrival)
    {
        CallId call = ((Event.Answered)arrival.Happened).Id;
        _pending.Add(arrival with { Id = arrival.Id.With(4), Happened = new Event.CallFailed(call, true, "the answer was lost") });
    }

    private void Tick(Seat seat, int ms)
    {
        seat.Machine.Jump(ms * 1_000L);
        seat.ElapsedMs += ms;
        Deliver(seat.Run!, Digest128.Empty.With((ulong)ms), new Event.Tick(_world.Utc));
    }

    /// <summary>What the run knew is gone, and so is what was on its way to it. Its own calls and requests stay under way.</summary>
    private void Crash(Seat seat)
    {
        NodeRun dead = seat.Run!;
        seat.HasCrashed = true;
        _crashes++;
        dead.IsUp = false;
        _pending.RemoveAll(pending => pending is Pending.Arrival arrival && arrival.Run == dead);
        foreach (CallId call in dead.Owes.Keys)
        {
            if (Find(call.Caller) is { } caller)
            {
                Event failed = new Event.CallFailed(call, true, "the callee died");
                _pending.Add(new Pending.Arrival(SeatOf(caller).History.With(call.Number).With(5), caller, failed));
            }
        }

        Begin(seat);
    }
}
