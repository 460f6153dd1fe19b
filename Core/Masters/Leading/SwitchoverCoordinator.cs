namespace OrleansShards.Core.Masters;

/// <summary>Where a planned change of primary stands, at the old primary.</summary>
internal enum SwitchoverPhase
{
    /// <summary>The hand-over is on its way into the log. Decisions are held from here on.</summary>
    Proposing = 1,

    /// <summary>It is the log's last decision; the shadow may fence.</summary>
    Offered = 2,

    /// <summary>The cancellation is on its way: either it or the shadow's fence wins the next number.</summary>
    Cancelling = 3,

    /// <summary>This master leads no more; it reads on to learn who does.</summary>
    Following = 4,
}

/// <summary>One planned change of primary, and who waits for it.</summary>
internal sealed class SwitchoverAttempt(MasterName to, Instant startedAt)
{
    internal MasterName To { get; } = to;

    internal Instant StartedAt { get; } = startedAt;

    internal SwitchoverPhase Phase { get; set; } = SwitchoverPhase.Proposing;

    internal List<CallId> Waiters { get; } = [];
}

/// <summary>The planned change, at the primary that is to hand over. Outlives its leadership: the caller wants to know.</summary>
internal sealed class SwitchoverCoordinator(
    MasterContext context, FailoverCoordinator failover, Action<CallId, Message> dispatch)
{
    private readonly WaitingCalls<Message> _held = new(context.Config.WaitingMax);
    private SwitchoverAttempt? _attempt;

    /// <summary>Whether decisions are held back: the hand-over is the last one of this term unless it is cancelled.</summary>
    internal bool Holds => _attempt is { Phase: not SwitchoverPhase.Following };

    /// <summary><c>switch_over</c>, at the primary.</summary>
    internal void Ask(CallId call, MasterName to)
    {
        if (!context.Cluster.Has(to))
        {
            context.Refuse(call, MasterRefusalKind.UnknownName, $"there is no master {to}");
        }
        else if (to == context.Self)
        {
            context.AnswerFromLog(call, () => new SwitchoverReply(context.Self, context.Term, 0));
        }
        else if (context.State.Definition is null || !failover.IsIdle)
        {
            // The founding, or the record of how this master came to lead, may have to be proposed again: nothing may
            // have to follow the hand-over.
            context.Refuse(call, MasterRefusalKind.Unavailable, "the new primary has not logged its own takeover yet");
        }
        else
        {
            _attempt ??= Begin(to);
            Join(_attempt, call);
        }
    }

    /// <summary>A decision that came during the hand-over: carried out, or refused, when it is settled.</summary>
    internal void Hold(CallId call, Message request)
    {
        if (!_held.TryAdd(call, request, context.Now + context.Config.WaitLimit))
            context.Refuse(call, MasterRefusalKind.Unavailable, "too many decisions wait for a hand-over");
    }

    /// <summary>The hand-over is the log's last decision.</summary>
    internal static void Offered(SwitchoverAttempt attempt)
    {
        if (attempt.Phase == SwitchoverPhase.Proposing)
            attempt.Phase = SwitchoverPhase.Offered;
    }

    /// <summary>The cancellation has won: this master goes on.</summary>
    internal void Cancelled() => End(context.Refusal(
        MasterRefusalKind.Unavailable, $"not taken within {context.Config.SwitchoverLimit.TotalMilliseconds:0} ms"));

    /// <summary>The store has refused the hand-over, with certainty.</summary>
    internal void NotOffered(string? reason)
    {
        if (context.Leads)
            End(context.Refusal(MasterRefusalKind.Unavailable, $"the hand-over could not be logged: {reason}"));
    }

    /// <summary>The store has refused the cancellation. Decisions stay held until one is durable: it is tried again.</summary>
    internal static void NotCancelled(SwitchoverAttempt attempt)
    {
        if (attempt.Phase == SwitchoverPhase.Cancelling)
            attempt.Phase = SwitchoverPhase.Offered;
    }

    /// <summary>This master leads no more. What it held was never proposed, and is redirected when it knows whereto.</summary>
    internal void SteppedDown()
    {
        if (_attempt is { } attempt)
            attempt.Phase = SwitchoverPhase.Following;
    }

    /// <summary>This master leads, in a term of its own: a hand-over of an earlier one is stale, nobody takes it.</summary>
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

        foreach (CallId late in _held.Expire(context.Now))
            context.Refuse(late, MasterRefusalKind.Unavailable, "a hand-over is under way");
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
            // Should the new primary's word be lost: the log shows that it was taken.
            context.Log.Read(MasterPurpose.Verify.Instance, context.Output);
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
            context.Refuse(call, MasterRefusalKind.Unavailable, "too many wait for the hand-over");
    }

    /// <summary>Nobody waits any longer; but as long as this master leads, the hand-over has to be cancelled before it goes on.</summary>
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
