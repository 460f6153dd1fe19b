using System.Collections.Immutable;
using OrleansShards.Grains.Interfaces;
using OrleansShards.Grains.Interfaces.Wire;

namespace OrleansShards.Client.Routing;

/// <summary>
/// Sends the requests of a router's turn to shards by one call of a silo's front, and tells the router what has become of each: exactly one
/// event, as if each had been a call of its own. While requests are open, a call is under way that brings their answers.
/// </summary>
/// <remarks>Requests are sent in a router's turn; answers arrive on any.</remarks>
internal sealed class FrontChannel(IShardFront front, Action<List<Event>> deliver)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, CallId> _open = [];
    private ulong _number;
    private int _underWay;

    internal IShardFront Front => front;

    internal void Send(List<Effect.Call> calls)
    {
        ImmutableArray<FrontRequest>.Builder requests = ImmutableArray.CreateBuilder<FrontRequest>(calls.Count);
        lock (_lock)
        {
            foreach (Effect.Call call in calls)
            {
                _open.Add(++_number, call.Id);
                requests.Add(new FrontRequest(
                    _number, new GroupId(call.To.Name), new ShardId(call.To.Number), (KeyRequest)call.Request));
            }

            _underWay++;
        }

        _ = ExchangeAsync(requests.MoveToImmutable());
    }

    // Never throws: a failure is an event of each open request.
    private async Task ExchangeAsync(ImmutableArray<FrontRequest> requests)
    {
        for (bool isNeeded = true; isNeeded; requests = [])
        {
            try
            {
                FrontAnswers answers = await front.Exchange(new FrontRequests(requests)).ConfigureAwait(false);
                isNeeded = Take(answers.Answers);
            }
            catch (Exception failure)
            {
                isNeeded = false;
                Fail(failure);
            }
        }
    }

    /// <summary>Passes answers on; whether another call has to fetch more.</summary>
    private bool Take(ImmutableArray<FrontAnswer> answers)
    {
        List<Event> events = new(answers.Length);
        bool isLast;
        lock (_lock)
        {
            foreach (FrontAnswer answer in answers)
            {
                if (_open.Remove(answer.Number, out CallId call))
                    events.Add(EventOf(call, answer));
            }

            isLast = _open.Count > 0 && _underWay == 1;
            if (!isLast)
                _underWay--;
        }

        if (events.Count > 0)
            deliver(events);

        return isLast;
    }

    // The requests of other calls fail, too: the answer that is lost may have been theirs.
    private void Fail(Exception failure)
    {
        List<Event> events;
        lock (_lock)
        {
            _underWay--;
            events = [.. _open.Values.Select(call => new Event.CallFailed(call, true, failure.Message))];
            _open.Clear();
        }

        deliver(events);
    }

    private static Event EventOf(CallId call, FrontAnswer answer)
    {
        try
        {
            return answer.Reply is { } reply
                ? new Event.Answered(call, MessageCheck.Whole<Message>(reply))
                : new Event.CallFailed(call, true, answer.Failure ?? "the silo's front has given neither an answer nor a reason");
        }
        catch (MalformedMessageException malformed)
        {
            return new Event.CallFailed(call, true, malformed.Message);
        }
    }
}
