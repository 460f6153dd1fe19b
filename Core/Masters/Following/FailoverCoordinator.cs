using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>Takeovers: asked for, decided by silence, handed over, or found unfinished; one at a time, and who waits for it.</summary>
internal sealed class FailoverCoordinator(MasterContext context)
{
    private readonly WaitingCalls<TriggerFailover> _early = new(context.Config.WaitingMax);
    private Takeover? _takeover;
    private bool _isProposed;

    internal bool IsIdle => _takeover is null;

    /// <summary><c>trigger_failover</c>, at whichever master it arrives.</summary>
    internal void Ask(CallId call, TriggerFailover request)
    {
        MasterName failed = request.Failed;
        if (!context.Cluster.Has(failed))
            context.Refuse(call, MasterRefusalKind.UnknownName, $"there is no master {failed}");
        else if (context.Other is not { } other)
            context.Refuse(call, MasterRefusalKind.WrongState, "there is no shadow to take over");
        else if (_takeover is { } takeover && takeover.From == failed && failed != context.Self && takeover.CanJoin)
            Join(takeover, call);
        else if (context.Leads)
            AskPrimary(call, request, other);
        else
            AskShadow(call, request, other);
    }

    /// <summary>Decides to take over: the replica reads to the durable end and fences, if the reason still holds there.</summary>
    internal Takeover Begin(TakeoverReason reason, MasterName from)
    {
        Takeover takeover = new(reason, from, context);
        _takeover = takeover;
        context.Log.Lead(context.Now, context.Output, () => takeover.GoesOn(context));
        return takeover;
    }

    /// <summary>This master leads. Whoever led before by the log's decisions has been deposed, whether we remember why or not.</summary>
    internal void OnLeadershipStarted()
    {
        if (_takeover is null || _takeover.From == context.Self)
        {
            // The fence was durable, and then this process crashed: the new run finds itself to be the opener.
            MasterName before = context.State.Primary ?? context.Cluster.Masters[0];
            _takeover = before == context.Self ? null : new Takeover(TakeoverReason.Resumed, before, context);
        }

        _isProposed = false;
        ProposeRecord();
    }

    /// <summary>The record's proposal has ended without being in the log.</summary>
    internal void NotRecorded() => _isProposed = false;

    /// <summary>The record is durable: only now anybody is told that the failover is done.</summary>
    internal void Recorded(Takeover takeover, TakeoverRecord record)
    {
        foreach ((CallId call, _) in takeover.Waiters)
            context.Answer(call, record.Reply());

        _takeover = null;
    }

    /// <summary>The attempt is over, or the leadership that it led to.</summary>
    internal void SteppedDown(string? reason)
    {
        if (_takeover is not { } takeover)
            return;

        _takeover = null;
        bool isCertain = takeover.Phase == TakeoverPhase.CatchUp
            || (takeover.Phase == TakeoverPhase.Fence && context.Log.Role != LogRole.Faulted);
        string text = $"the takeover from {takeover.From} has not come about: {reason}";
        Message answer = isCertain ? context.Refusal(MasterRefusalKind.Unavailable, text) : new MasterUnknown(text);
        foreach ((CallId call, _) in takeover.Waiters)
            context.Answer(call, answer);
    }

    internal void Step()
    {
        _takeover?.Watch(context.Now, context.Output.Effects);
        if (_early.Count > 0 && (context.Log.IsCaughtUp || context.Log.Role == LogRole.Faulted))
        {
            foreach ((CallId call, TriggerFailover request) in _early.TakeAll())
                Ask(call, request);
        }
    }

    internal void Tick()
    {
        ProposeRecord();
        foreach (CallId late in _early.Expire(context.Now))
            context.Refuse(late, MasterRefusalKind.Unavailable, NotReady());

        if (_takeover is { } takeover && takeover.Waiters.Exists(waiting => waiting.Deadline <= context.Now))
            GiveUpWaiting(takeover);
    }

    /// <summary>What a takeover that fulfils the request is answered with; else why nothing is done.</summary>
    private Message Repeated(MasterName failed, MasterName primary) =>
        context.State.NewestTakeover is { } newest
        && newest.From == failed && newest.To == primary && newest.Reason != TakeoverReason.Switchover
            ? newest.Reply()
            : new MasterRefusal(
                MasterRefusalKind.WrongState, $"master {failed} is not the primary, {primary} is", primary);

    private void AskPrimary(CallId call, TriggerFailover request, MasterName other)
    {
        if (request.Failed == context.Self)
            PassOn(call, request, other);
        else
            context.AnswerFromLog(call, () => Repeated(request.Failed, context.Self));
    }

    private void AskShadow(CallId call, TriggerFailover request, MasterName other)
    {
        MasterName primary = context.Opener ?? context.Cluster.Masters[0];
        if (context.Log.Role == LogRole.Faulted)
        {
            context.Refuse(call, MasterRefusalKind.Unavailable, NotReady());
        }
        else if (!context.Log.IsCaughtUp)
        {
            Wait(call, request);
        }
        else if (request.Failed == primary && primary == context.Self)
        {
            // It led and does not any more, but nobody else has opened a term: the shadow can.
            PassOn(call, request, other);
        }
        else if (request.Failed == primary)
        {
            Join(Begin(TakeoverReason.Requested, primary), call);
        }
        else if (primary != context.Self && context.State.Primary == primary)
        {
            context.Answer(call, Repeated(request.Failed, primary));
        }
        else
        {
            // Who leads has not said so in the log yet: the answer may be on its way into it.
            context.Answer(call, context.NotPrimary());
        }
    }

    private void Join(Takeover takeover, CallId call)
    {
        if (takeover.Waiters.Count < context.Config.WaitingMax)
            takeover.Join(call, context.Now + context.Config.WaitLimit);
        else
            context.Refuse(call, MasterRefusalKind.Unavailable, "too many wait for the takeover");
    }

    private void Wait(CallId call, TriggerFailover request)
    {
        if (!_early.TryAdd(call, request, context.Now + context.Config.WaitLimit))
            context.Refuse(call, MasterRefusalKind.Unavailable, NotReady());
    }

    /// <summary>Only the shadow can depose a primary; the primary passes the request on, and the answer back.</summary>
    private void PassOn(CallId call, TriggerFailover request, MasterName other)
    {
        if (context.Calls.Count >= context.Config.WaitingMax)
        {
            context.Refuse(call, MasterRefusalKind.Unavailable, "too many wait for the shadow");
            return;
        }

        Instant deadline = context.Now + context.Config.ForwardLimit;
        context.Calls.Open(
            NodeAddress.Of(other), request, new MasterCall.Forwarded(call), deadline, context.Output.Effects);
    }

    private void ProposeRecord()
    {
        if (_takeover is { } takeover && context.Leads && !_isProposed)
        {
            _isProposed = true;
            context.Propose(new MasterEntry.TakenOver(takeover.OnLeadershipStarted(context)), new MasterPurpose.Record(takeover));
        }
    }

    /// <summary>
    /// Whoever asked waits no longer. Before the fence is on its way the takeover is called off with them, so that the
    /// answer is certain; after that it goes on, and how it ends they will see.
    /// </summary>
    private void GiveUpWaiting(Takeover takeover)
    {
        if (takeover.Reason == TakeoverReason.Requested && takeover.Phase == TakeoverPhase.CatchUp)
        {
            context.Log.StepDown(context.Now, context.Output);
            SteppedDown(NotReady());
            return;
        }

        MasterUnknown unknown = new($"the takeover from {takeover.From} is still under way: {NotReady()}");
        foreach ((CallId call, _) in takeover.Waiters.Where(waiting => waiting.Deadline <= context.Now))
            context.Answer(call, unknown);

        takeover.Waiters.RemoveAll(waiting => waiting.Deadline <= context.Now);
    }

    private string NotReady() =>
        $"master {context.Self} has not read the log to its end: {context.Log.Stall ?? "it is reading"}";
}
