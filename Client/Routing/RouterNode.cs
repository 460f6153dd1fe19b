using System.Collections.Immutable;
using OrleansShards.Core.Json;

namespace OrleansShards.Client.Routing;

/// <summary>
/// Routes a client's requests: finds the responsible node in a cached map, follows redirects, retries what is safe to
/// retry, and ends every request by its deadline with one of four outcomes. It is deterministic and driven by a host, so
/// that the simulator runs the same code as applications.
/// </summary>
/// <remarks>
/// An operation on a key takes effect at most once, however often it is repeated: one without a session travels in one
/// of the router's own. Requests of one router are not ordered among each other; whoever needs an order waits for the
/// outcome before the next.
/// </remarks>
public sealed class RouterNode : INode
{
    private const int RedirectsInARowMax = 4;

    private readonly RouterOptions _options;
    private readonly RoutingTable _routes;
    private readonly SessionPool _lanes;
    private readonly PendingCalls<OpenCall> _calls;
    private readonly LinkedList<Job> _jobs = new();
    private readonly Dictionary<int, List<KeyJob>> _locating = [];

    /// <summary>A router that knows the masters' names and nothing of the map.</summary>
    public RouterNode(RouterOptions options)
    {
        _options = options;
        _routes = new RoutingTable(options.Masters);
        _lanes = new SessionPool(options.Name, options.Run);
        _calls = new PendingCalls<OpenCall>(options.Run);
        Address = NodeAddress.OfClient(options.Name);
    }

    /// <inheritdoc />
    public NodeAddress Address { get; }

    /// <summary>How many requests are under way.</summary>
    public int Open => _jobs.Count;

    /// <inheritdoc />
    public void Step(Instant now, Event happened, List<Effect> effects)
    {
        switch (happened)
        {
            case Event.Submitted submitted:
                Begin(now, submitted, effects);
                break;
            case Event.Answered answered when _calls.TryClose(answered.Id, out OpenCall call):
                OnAnswer(now, call, answered.Reply, effects);
                break;
            case Event.CallFailed failed when _calls.TryClose(failed.Id, out OpenCall call):
                OnFailure(now, call, failed.Delivered, failed.Reason, effects);
                break;
            case Event.Published published:
                Learn(published.Notice);
                break;
            case Event.Tick:
                Tick(now, effects);
                break;
        }
    }

    private void Begin(Instant now, Event.Submitted submitted, List<Effect> effects)
    {
        Job job = submitted.Request switch
        {
            ClientRequest.OnKey onKey => KeyJobFor(submitted.Ticket, onKey),
            ClientRequest.OfShard ofShard => new ShardJob(submitted.Ticket, ofShard),
            ClientRequest.OfPrimary ofPrimary =>
                new MasterJob(submitted.Ticket, null, ofPrimary.Request, ofPrimary.HasEffect),
            ClientRequest.OfMaster ofMaster =>
                new MasterJob(submitted.Ticket, ofMaster.Master, ofMaster.Request, ofMaster.HasEffect),
            ClientRequest.Move move => new MoveJob(submitted.Ticket, move),
            _ => throw new ArgumentException($"{submitted.Request.GetType().Name} is no request of a client"),
        };
        job.Deadline = now + submitted.Deadline;
        TimeSpan limit = job.IsRepeatable ? submitted.Deadline / _options.AttemptsInDeadline : submitted.Deadline;
        job.AttemptLimit = limit < job.AttemptLimitMax ? limit : job.AttemptLimitMax;
        job.Pause = _options.RetryAfter;
        job.Place = _jobs.AddLast(job);
        Send(now, job, effects);
    }

    private KeyJob KeyJobFor(ulong ticket, ClientRequest.OnKey request)
    {
        ShardId shard = request.Shard
            ?? new ShardId(ShardHash.ShardOf(KeyText.From(request.Command.Key), _options.ShardCount));
        bool needsLane = request.Session.Kind == SessionKind.None && request.Command.Verb != KeyVerb.Read;
        SessionTag session = needsLane ? _lanes.Take() : request.Session;
        KeyJob job = new(ticket, shard, new KeyRequest(session, request.Command), needsLane || request.HasEffect);
        if (request.MayHaveRun)
            job.MayHaveRunIn(_options.Groups);

        return job;
    }

    private void Send(Instant now, Job job, List<Effect> effects)
    {
        job.AskAt = null;
        if (job.Target(_routes) is { } target)
        {
            job.IsUnderWay = true;
            _calls.Open(target, job.Wire, new OpenCall(job, target), now + job.AttemptLimit, effects);
        }
        else
        {
            Locate(now, (KeyJob)job, effects);
        }
    }

    /// <summary>Asks the primary who has a shard: one question for all requests that wait for the answer.</summary>
    private void Locate(Instant now, KeyJob job, List<Effect> effects)
    {
        if (_locating.TryGetValue(job.Shard.Value, out List<KeyJob>? waiting))
        {
            waiting.Add(job);
            return;
        }

        _locating.Add(job.Shard.Value, [job]);
        NodeAddress primary = NodeAddress.Of(_routes.Primary.Guess);
        LocateShard question = new(job.Shard, null);
        _calls.Open(primary, question, new OpenCall(null, primary, job.Shard), now + job.AttemptLimit, effects);
    }

    private void OnAnswer(Instant now, OpenCall call, Message reply, List<Effect> effects)
    {
        if (call.Job is { } job)
        {
            OnAnswer(now, job, call.To, reply, effects);
            return;
        }

        switch (reply)
        {
            case ShardOwner { Owner: { } owner } found:
                _routes.Learn(call.Shard, owner, found.Epoch);
                Located(now, call.Shard, null, effects);
                break;
            case NotPrimary refusal:
                _routes.Primary.Refused(new MasterName(call.To.Name), refusal);
                Located(now, call.Shard, refusal.Text, effects);
                break;
            case MasterRefusal refusal:
                Located(now, call.Shard, refusal.Text, effects);
                break;
            default:
                Located(now, call.Shard, $"{call.To} does not know who has shard {call.Shard}", effects);
                break;
        }
    }

    private void OnAnswer(Instant now, Job job, NodeAddress asked, Message reply, List<Effect> effects)
    {
        if (job.Place is null)
            return;

        job.IsUnderWay = false;
        Verdict verdict = job.Judge(asked, reply, _routes);
        switch (verdict.Next)
        {
            case NextStep.End:
                End(job, verdict.Outcome!, effects);
                break;
            case NextStep.AskAgain when job.Redirects < RedirectsInARowMax:
                job.Redirects++;
                Send(now, job, effects);
                break;
            case NextStep.AskAgain or NextStep.AskLater:
                PauseOrEnd(now, job, effects);
                break;
        }
    }

    private void OnFailure(Instant now, OpenCall call, bool delivered, string reason, List<Effect> effects)
    {
        if (call.Job is not { } job)
        {
            _routes.Primary.Failed(new MasterName(call.To.Name));
            Located(now, call.Shard, reason, effects);
        }
        else if (job.Place is not null)
        {
            job.IsUnderWay = false;
            job.Obstacle = reason;
            job.Failed(call.To, delivered, _routes);
            PauseOrEnd(now, job, effects);
        }
    }

    private void Located(Instant now, ShardId shard, string? obstacle, List<Effect> effects)
    {
        _locating.Remove(shard.Value, out List<KeyJob>? waiting);
        foreach (KeyJob job in waiting ?? [])
        {
            if (job.Place is null)
                continue;

            if (obstacle is null)
            {
                Send(now, job, effects);
            }
            else
            {
                job.Obstacle = obstacle;
                Pause(now, job);
            }
        }
    }

    private void PauseOrEnd(Instant now, Job job, List<Effect> effects)
    {
        if (job.IsDoubtful && !job.IsRepeatable)
            End(job, job.AtDeadline(), effects);
        else
            Pause(now, job);
    }

    private void Pause(Instant now, Job job)
    {
        job.Redirects = 0;
        job.AskAt = now + job.Pause;
        TimeSpan doubled = job.Pause * 2;
        job.Pause = doubled < _options.RetryAfterMax ? doubled : _options.RetryAfterMax;
    }

    private void Tick(Instant now, List<Effect> effects)
    {
        LinkedListNode<Job>? place = _jobs.First;
        while (place is not null)
        {
            LinkedListNode<Job>? next = place.Next;
            if (now >= place.Value.Deadline)
                End(place.Value, place.Value.AtDeadline(), effects);
            else if (now >= place.Value.AskAt && !place.Value.IsTooLate(now))
                Send(now, place.Value, effects);

            place = next;
        }

        foreach (OpenCall call in _calls.Expire(now))
            OnFailure(now, call, delivered: true, $"{call.To} has not answered in time", effects);
    }

    private void End(Job job, ClientOutcome outcome, List<Effect> effects)
    {
        _jobs.Remove(job.Place!);
        job.Place = null;
        if (job is KeyJob keyJob)
            _lanes.Return(keyJob.Session);

        effects.Add(new Effect.Complete(job.Ticket, outcome));
    }

    private void Learn(Message notice)
    {
        switch (notice)
        {
            case PrimaryChanged changed:
                _routes.Primary.Learn(changed.Primary, changed.Term);
                break;
            case ShardMoved moved:
                _routes.Learn(moved.Shard, moved.Owner, moved.Epoch);
                break;
        }
    }

    /// <summary>A call of the router: of a job, or (without one) the question who has a shard.</summary>
    private readonly record struct OpenCall(Job? Job, NodeAddress To, ShardId Shard = default);
}

/// <summary>Options of a router.</summary>
public sealed record RouterOptions
{
    /// <summary>The router's name: with <see cref="Run"/> in it, the name of its own sessions.</summary>
    public required string Name { get; init; }

    /// <summary>This run of the router; drawn by the shell.</summary>
    public required Incarnation Run { get; init; }

    /// <summary>The masters' names; the first is asked first.</summary>
    public required ImmutableArray<MasterName> Masters { get; init; }

    /// <summary>The groups' names: where to look for what another router may have had carried out.</summary>
    public required ImmutableArray<GroupId> Groups { get; init; }

    /// <summary>How many shards the keys are spread over; the same as the cluster was founded with.</summary>
    public required int ShardCount { get; init; }

    /// <summary>The back-off before the first retry after a transient refusal; doubles with each retry.</summary>
    /// <value>5 ms unless set: a hand-over's pause is a handful of log writes.</value>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The longest back-off between two retries.</summary>
    /// <value>100 ms unless set.</value>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How large a part of a request's time one unanswered attempt may take before the next is made.</summary>
    /// <value>3, for a third, unless set.</value>
    public int AttemptsInDeadline { get; init; } = 3;
}
