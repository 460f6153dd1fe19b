using System.Collections.Immutable;
using OrleansShards.Core.Groups;
using OrleansShards.Core.Json;

namespace OrleansShards.Client.Routing;

/// <summary>
/// Routes a client's requests: finds the responsible node in a cached map, follows redirects, retries what is safe to
/// retry, and ends every request by its deadline with one of four outcomes. It is deterministic and driven by a host:
/// the simulator runs the same code as applications.
/// </summary>
/// <remarks>
/// An operation on a key takes effect at most once, however often it is repeated: one without a session uses one of the
/// router's own. Requests of one router are not ordered; a caller that needs an order waits for each outcome.
/// </remarks>
public sealed class RouterNode : INode
{
    private const int RedirectsInARowMax = 4;

    private readonly RouterOptions _options;
    private readonly RoutingTable _routes;
    private readonly SessionPool _sessions;
    private readonly PendingCalls<OpenCall> _calls;
    private readonly LinkedList<Job> _jobs = new();
    private readonly Dictionary<int, List<KeyJob>> _locating = [];

    // Those that the router was started with, then those that it has learned of. None is removed: who is asked in vain says so.
    private readonly List<GroupId> _groups;

    /// <summary>Creates a router with an empty map.</summary>
    public RouterNode(RouterOptions options)
    {
        _options = options;
        _groups = [.. options.Groups];
        _routes = new RoutingTable(options.Masters);
        _sessions = new SessionPool(options.Name, options.Run);
        _calls = new PendingCalls<OpenCall>(options.Run);
        Address = NodeAddress.OfClient(options.Name);
    }

    /// <inheritdoc />
    public NodeAddress Address { get; }

    /// <summary>Number of requests under way.</summary>
    public int Open => _jobs.Count;

    /// <inheritdoc />
    public void Step(Instant now, Event happened, List<Effect> effects)
    {
        switch (happened)
        {
            case Event.Submitted submitted:
                OnSubmitted(now, submitted, effects);
                break;
            case Event.Answered answered when _calls.TryClose(answered.Id, out OpenCall call):
                OnAnswer(now, call, answered.Reply, effects);
                break;
            case Event.CallFailed failed when _calls.TryClose(failed.Id, out OpenCall call):
                OnFailure(now, call, failed.Delivered, failed.Reason, effects);
                break;
            case Event.Published published:
                OnNotice(published.Notice);
                break;
            case Event.Tick:
                OnTick(now, effects);
                break;
        }
    }

    private void OnSubmitted(Instant now, Event.Submitted submitted, List<Effect> effects)
    {
        (ulong ticket, Message request, TimeSpan deadline) = submitted;
        if (RefusalOf(request) is { } refusal)
        {
            effects.Add(new Effect.Complete(ticket, new ClientOutcome.Rejected(refusal)));
            return;
        }

        Job job = request switch
        {
            ClientRequest.OnKey onKey => KeyJobFor(ticket, onKey),
            ClientRequest.OfShard ofShard => ShardJobFor(ticket, ofShard),
            ClientRequest.OfPrimary ofPrimary => new MasterJob(ticket, null, ofPrimary.Request, ofPrimary.HasEffect),
            ClientRequest.OfMaster ofMaster => new MasterJob(ticket, ofMaster.Master, ofMaster.Request, ofMaster.HasEffect),
            ClientRequest.Move move => new MoveJob(ticket, move),
            _ => throw new ArgumentException($"{request.GetType().Name} is not a request of a client"),
        };
        job.Deadline = now + deadline;
        TimeSpan limit = job.IsRepeatable ? deadline / _options.Retry.AttemptsInDeadline : deadline;
        job.AttemptLimit = limit < job.AttemptLimitMax ? limit : job.AttemptLimitMax;
        job.Pause = _options.Retry.After;
        job.Place = _jobs.AddLast(job);
        if (_options.Limits.RefusalOf(job.Wire) is { } tooLarge)
            End(job, new ClientOutcome.Rejected(tooLarge), effects);
        else
            Send(now, job, effects);
    }

    /// <summary>Why a request can never be executed, or null. The number of shards never changes, so this is certain.</summary>
    private MasterRefusal? RefusalOf(Message request)
    {
        ShardId? shard = request switch
        {
            ClientRequest.OnKey onKey => onKey.Shard,
            ClientRequest.OfShard ofShard => ofShard.Shard,
            ClientRequest.Move move => move.Shard,
            _ => null,
        };
        return shard is { } named && (named.Value < 0 || named.Value >= _options.ShardCount)
            ? new MasterRefusal(
                MasterRefusalKind.UnknownName, $"there is no shard {named}; expected 0 to {_options.ShardCount - 1}", null)
            : null;
    }

    private KeyJob KeyJobFor(ulong ticket, ClientRequest.OnKey request)
    {
        ShardId shard = request.Shard
            ?? new ShardId(ShardHash.ShardOf(KeyText.From(request.Command.Key), _options.ShardCount));
        bool needsSession = request.Session.Kind == SessionKind.None && request.Command.Verb != KeyVerb.Read;
        SessionTag session = needsSession ? _sessions.Take() : request.Session;
        return new KeyJob(ticket, shard, new KeyRequest(session, request.Command), request.HasEffect)
        {
            IsDoubtful = request.MayHaveRun,
            NeedsGroups = request.MayHaveRun,
        };
    }

    private ShardJob ShardJobFor(ulong ticket, ClientRequest.OfShard request)
    {
        ImmutableArray<GroupId> named = NamedIn(request);
        return new ShardJob(ticket, request) { Named = named, NeedsGroups = !named.All(_groups.Contains) };
    }

    private static ImmutableArray<GroupId> NamedIn(ClientRequest.OfShard request) => request.Request switch
    {
        PrepareMigration prepare => [request.Group, prepare.Target],
        ReceiveShard { Source: { } source } => [request.Group, source],
        _ => [request.Group],
    };

    private void Send(Instant now, Job job, List<Effect> effects)
    {
        job.AskAt = null;
        if (job.NeedsGroups)
        {
            NodeAddress primary = NodeAddress.Of(_routes.Primary.Guess);
            OpenCall call = new(job, primary) { IsAboutGroups = true };
            _calls.Open(primary, new QueryConfig(null), call, now + job.AttemptLimit, effects);
        }
        else if (job.Target(_routes) is { } target)
        {
            job.IsUnderWay = true;
            _calls.Open(target, job.Wire, new OpenCall(job, target), now + job.AttemptLimit, effects, job.Ticket);
        }
        else
        {
            Locate(now, (KeyJob)job, effects);
        }
    }

    /// <summary>Asks the primary for a shard's owner: one question for all requests that wait for the answer.</summary>
    private void Locate(Instant now, KeyJob job, List<Effect> effects)
    {
        if (_locating.TryGetValue(job.Shard.Value, out List<KeyJob>? waiting))
        {
            waiting.Add(job);
            return;
        }

        _locating.Add(job.Shard.Value, [job]);
        NodeAddress primary = NodeAddress.Of(_routes.Primary.Guess);
        OpenCall call = new(null, primary, job.Shard);
        _calls.Open(primary, new LocateShard(job.Shard, null), call, now + job.AttemptLimit, effects, job.Ticket);
    }

    private void OnAnswer(Instant now, OpenCall call, Message reply, List<Effect> effects)
    {
        if (call.Job is { } job)
        {
            if (call.IsAboutGroups)
                OnGroups(now, job, call.To, reply, effects);
            else
                OnAnswer(now, job, call.To, reply, effects);

            return;
        }

        switch (reply)
        {
            case ShardOwner { Owner: { } owner } located:
                Learn([owner]);
                _routes.Learn(call.Shard, owner, located.Epoch);
                OnLocated(now, call.Shard, null, RetryReason.Refused, effects);
                break;
            case NotPrimary refusal:
                _routes.Primary.OnRefused(new MasterName(call.To.Name), refusal);
                OnLocated(now, call.Shard, refusal.Text, RetryReason.Refused, effects);
                break;
            default:
                string obstacle = reply switch
                {
                    MasterRefusal refused => refused.Text,
                    MasterUnknown or ShardOwner => $"{call.To} does not know the owner of shard {call.Shard}",
                    _ => NotUnderstood(call.To, reply),
                };
                OnLocated(now, call.Shard, obstacle, RetryReason.Refused, effects);
                break;
        }
    }

    /// <summary>
    /// The primary has said which groups there are, or not. A request that another router may have sent is meant for all of them: the
    /// primary's answer is newer than the request, so it has every group that may have been sent it.
    /// </summary>
    private void OnGroups(Instant now, Job job, NodeAddress asked, Message reply, List<Effect> effects)
    {
        if (job.Place is null)
            return;

        if (reply is ConfigReply config)
        {
            Learn(config.Known ?? config.Groups);
            job.NeedsGroups = false;
            (job as KeyJob)?.MayHaveRunIn(_groups);
            if (job.Named.Except(_groups).Select(static group => (GroupId?)group).FirstOrDefault() is { } stranger)
                End(job, new ClientOutcome.Rejected(Unknown(stranger)), effects);
            else
                Send(now, job, effects);

            return;
        }

        bool isNews = reply is NotPrimary refusal && _routes.Primary.OnRefused(new MasterName(asked.Name), refusal);
        job.Obstacle = reply switch
        {
            NotPrimary refused => refused.Text,
            MasterRefusal refused => refused.Text,
            MasterUnknown unknown => unknown.Text,
            _ => NotUnderstood(asked, reply),
        };
        if (isNews && job.Redirects++ < RedirectsInARowMax)
            Send(now, job, effects);
        else
            Pause(now, job);
    }

    private MasterRefusal Unknown(GroupId group) => new(MasterRefusalKind.UnknownName, GroupNames.Unknown(group, _groups), null);

    private void Learn(IEnumerable<GroupId> groups) => _groups.AddRange(groups.Except(_groups).ToArray());

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
                _options.Counts.OnRedirect(job);
                Send(now, job, effects);
                break;
            case NextStep.AskAgain or NextStep.AskLater:
                PauseOrEnd(now, job, effects);
                break;
            case NextStep.NotUnderstood:
                OnUnanswered(now, job, asked, delivered: true, NotUnderstood(asked, reply), effects);
                break;
        }
    }

    private void OnFailure(Instant now, OpenCall call, bool delivered, string reason, List<Effect> effects)
    {
        if (call.Job is not { } job)
        {
            _routes.Primary.OnFailed(new MasterName(call.To.Name));
            OnLocated(now, call.Shard, reason, RetryReason.Unanswered, effects);
        }
        else if (call.IsAboutGroups)
        {
            _routes.Primary.OnFailed(new MasterName(call.To.Name));
            job.Obstacle = reason;
            if (job.Place is not null)
                Pause(now, job);
        }
        else if (job.Place is not null)
        {
            OnUnanswered(now, job, call.To, delivered, reason, effects);
        }
    }

    private void OnUnanswered(Instant now, Job job, NodeAddress asked, bool delivered, string reason, List<Effect> effects)
    {
        job.IsUnderWay = false;
        job.Obstacle = reason;
        job.RetryDue = RetryReason.Unanswered;
        job.OnFailed(asked, delivered, _routes);
        PauseOrEnd(now, job, effects);
    }

    private static string NotUnderstood(NodeAddress asked, Message reply) =>
        $"{asked} answered with {reply.GetType().Name}, which this release does not know as an answer to the request; "
            + "expected client and silos of the same or of neighbouring releases";

    private void OnLocated(Instant now, ShardId shard, string? obstacle, RetryReason reason, List<Effect> effects)
    {
        _locating.Remove(shard.Value, out List<KeyJob>? waiting);
        foreach (KeyJob job in waiting?.Where(static job => job.Place is not null) ?? [])
        {
            job.Obstacle = obstacle ?? job.Obstacle;
            if (obstacle is null)
            {
                Send(now, job, effects);
            }
            else
            {
                job.RetryDue = reason;
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
        job.Pause = doubled < _options.Retry.AfterMax ? doubled : _options.Retry.AfterMax;
    }

    private void OnTick(Instant now, List<Effect> effects)
    {
        for (LinkedListNode<Job>? place = _jobs.First, next; place is not null; place = next)
        {
            next = place.Next;
            Job job = place.Value;
            if (now >= job.Deadline)
                End(job, job.AtDeadline(), effects);
            else if (now >= job.AskAt && !job.IsTooLate(now))
                SendAgain(now, job, effects);
        }

        foreach (OpenCall call in _calls.Expire(now))
            OnFailure(now, call, delivered: true, $"{call.To} has not answered in time", effects);
    }

    private void SendAgain(Instant now, Job job, List<Effect> effects)
    {
        _options.Counts.OnRetry(job);
        Send(now, job, effects);
    }

    private void End(Job job, ClientOutcome outcome, List<Effect> effects)
    {
        _jobs.Remove(job.Place!);
        job.Place = null;
        if (job is KeyJob keyJob)
            _sessions.Return(keyJob.Session);

        effects.Add(new Effect.Complete(job.Ticket, outcome));
    }

    private void OnNotice(Message notice)
    {
        switch (notice)
        {
            case PrimaryChanged changed:
                _routes.Primary.OnPrimary(changed.Primary, changed.Term);
                break;
            case ShardMoved moved:
                Learn([moved.Owner]);
                _routes.Learn(moved.Shard, moved.Owner, moved.Epoch);
                break;
        }
    }

    /// <summary>A call of the router: a job's or, without a job, the question for a shard's owner.</summary>
    private readonly record struct OpenCall(Job? Job, NodeAddress To, ShardId Shard = default)
    {
        /// <summary>Whether it is the question for the cluster's groups that comes before the job's own call.</summary>
        internal bool IsAboutGroups { get; init; }
    }
}
