namespace OrleansShards.Core.Masters;

/// <summary>The phases of a switchover at the old primary.</summary>
internal enum SwitchoverPhase
{
    /// <summary>The switchover is on its way into the log. Decisions are held from here on.</summary>
    Proposing = 1,

    /// <summary>It is the log's last decision; the shadow may fence.</summary>
    Offered = 2,

    /// <summary>The cancellation is on its way: either it or the shadow's fence wins the next index.</summary>
    Cancelling = 3,

    /// <summary>This master leads no more; it keeps reading to learn who does.</summary>
    Following = 4,
}

internal sealed class SwitchoverAttempt(MasterName to, Instant startedAt)
{
    internal MasterName To => to;

    internal Instant StartedAt => startedAt;

    internal SwitchoverPhase Phase { get; set; } = SwitchoverPhase.Proposing;

    internal List<CallId> Waiters { get; } = [];
}

/// <summary>The switchover at the old primary. It outlives the leadership, as the caller waits for the result.</summary>
internal sealed class SwitchoverCoordinator(MasterContext context, FailoverCoordinator failover, Action<CallId, Message> dispatch)
{
    private readonly WaitingCalls<(CallId Call, Message Request)> _held = new(context.Config.WaitingMax);
    private SwitchoverAttempt? _attempt;

    /// <summary>Whether decisions are held: the switchover is the last one of this term unless it is cancelled.</summary>
    internal bool Holds => _attempt is { Phase: not SwitchoverPhase.Following };

    internal void OnRequest(CallId call, MasterName to)
    {
        // The definition, or the record of this master's own takeover, may have to be proposed again: no entry may have to
        // follow the switchover.
        bool isReady = context.State.Definition is not null && failover.IsIdle;
        if (!context.Cluster.Has(to))
            context.Refuse(call, MasterRefusalKind.UnknownName, $"there is no master {to}");
        else if (to == context.Self)
            context.AnswerFromLog(call, () => new SwitchoverReply(context.Self, context.Term, 0));
        else if (!isReady)
            context.Refuse(call, MasterRefusalKind.Unavailable, "the new primary has not logged its own takeover yet");
        else
            Join(_attempt ??= Begin(to), call);
    }

    /// <summary>
    /// Proposes a decision that a caller waits for, behind groups that become known if there are any; during a switchover, holds its
    /// request until that is settled.
    /// </summary>
    internal void Decide(CallId call, Message request, MasterEntry entry, ImmutableArray<GroupId> added = default)
    {
        if (!Holds)
        {
            if (!added.IsDefaultOrEmpty)
                context.Propose(new MasterEntry.GroupsAdded(added), new MasterPurpose.Add());

            context.Propose(entry, new MasterPurpose.Decide(call, entry));
        }
        else if (!_held.TryAdd((call, request), context.Now + context.Config.WaitLimit))
        {
            context.Refuse(call, MasterRefusalKind.Unavailable, "too many decisions wait for a switchover");
        }
    }

    internal static void OnOffered(SwitchoverAttempt attempt)
    {
        if (attempt.Phase == SwitchoverPhase.Proposing)
            attempt.Phase = SwitchoverPhase.Offered;
    }

    /// <summary>
    /// The cancellation of an attempt is durable. If the store refused that attempt's offer, it had ended already, and the present attempt
    /// is another one, which goes on.
    /// </summary>
    internal void OnCancelled(SwitchoverAttempt attempt)
    {
        string limit = $"{context.Config.SwitchoverLimit.TotalMilliseconds:0} ms";
        string text = $"not taken within {limit}, so {context.Self} leads on; it can be asked again";
        if (attempt == _attempt)
            End(context.Refusal(MasterRefusalKind.Unavailable, text));
    }

    /// <summary>The switchover is certainly not in the log.</summary>
    internal void OnOfferRefused(string? reason)
    {
        if (context.Leads)
            End(context.Refusal(MasterRefusalKind.Unavailable, $"the switchover could not be logged: {reason}"));
    }

    /// <summary>The store refused the cancellation. Decisions stay held until a cancellation is durable: it is tried again.</summary>
    internal static void OnCancelRefused(SwitchoverAttempt attempt)
    {
        if (attempt.Phase == SwitchoverPhase.Cancelling)
            attempt.Phase = SwitchoverPhase.Offered;
    }

    /// <summary>This master leads no more. Held requests were never proposed; they are redirected once the primary is known.</summary>
    internal void OnSteppedDown()
    {
        if (_attempt is { } attempt)
            attempt.Phase = SwitchoverPhase.Following;
    }

    /// <summary>This master leads in a new term of its own: a switchover of an earlier term is stale, and not taken.</summary>
    internal void OnLeadershipStarted() =>
        End(context.Refusal(MasterRefusalKind.Unavailable, "not taken, and the old primary has opened a new term"));

    internal void Step()
    {
        if (_attempt is { Phase: SwitchoverPhase.Following } attempt && context.Opener == attempt.To)
        {
            long pauseMs = (long)(context.Now - attempt.StartedAt).TotalMilliseconds;
            End(new SwitchoverReply(attempt.To, context.Term, pauseMs));
        }
    }

    internal void Tick()
    {
        if (_attempt is { } attempt)
            Tick(attempt);

        foreach ((CallId late, _) in _held.Expire(context.Now))
            context.Refuse(late, MasterRefusalKind.Unavailable, "a switchover is under way");
    }

    private void Tick(SwitchoverAttempt attempt)
    {
        TimeSpan spent = context.Now - attempt.StartedAt;
        bool isOpen = attempt.Phase is SwitchoverPhase.Proposing or SwitchoverPhase.Offered;
        if (isOpen && spent >= context.Config.SwitchoverLimit)
        {
            attempt.Phase = SwitchoverPhase.Cancelling;
            context.Propose(new MasterEntry.SwitchoverCancelled(), new MasterPurpose.Cancel(attempt));
        }
        else if (attempt.Phase == SwitchoverPhase.Offered)
        {
            // If the new primary's notice is lost, the log shows that the switchover was taken.
            context.VerifyLeadership();
        }

        if (spent >= context.Config.WaitLimit)
            GiveUpWaiting(attempt);
    }

    private SwitchoverAttempt Begin(MasterName to)
    {
        SwitchoverAttempt attempt = new(to, context.Now);
        context.Propose(new MasterEntry.Switchover(to), new MasterPurpose.Switchover(attempt));
        return attempt;
    }

    private void Join(SwitchoverAttempt attempt, CallId call)
    {
        if (attempt.Waiters.Count < context.Config.WaitingMax)
            attempt.Waiters.Add(call);
        else
            context.Refuse(call, MasterRefusalKind.Unavailable, "too many wait for the switchover");
    }

    /// <summary>No caller waits any longer. As long as this master leads, it still has to cancel before it continues.</summary>
    private void GiveUpWaiting(SwitchoverAttempt attempt)
    {
        foreach (CallId call in attempt.Waiters)
            context.Answer(call, new MasterUnknown($"whether {attempt.To} has taken over is not known yet"));

        attempt.Waiters.Clear();
        if (attempt.Phase == SwitchoverPhase.Following)
            _attempt = null;
    }

    private void End(Message answer)
    {
        if (_attempt is not { } attempt)
            return;

        _attempt = null;
        foreach (CallId call in attempt.Waiters)
            context.Answer(call, answer);

        foreach ((CallId call, Message request) in _held.TakeAll())
            dispatch(call, request);
    }
}
