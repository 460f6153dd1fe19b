using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>
/// Changes of term, one at a time: takeovers (requested, after the primary's silence, by a switchover, or resumed after a crash), and
/// the same master's next term.
/// </summary>
internal sealed class FailoverCoordinator(MasterContext context)
{
    private readonly WaitingCalls<(CallId Call, TriggerFailover Request)> _early = new(context.Config.WaitingMax);
    private Takeover? _takeover;
    private bool _isProposed;

    internal bool IsIdle => _takeover is null;

    internal void OnRequest(CallId call, TriggerFailover request)
    {
        MasterName failed = request.Failed;
        if (!context.Cluster.Has(failed))
            context.Refuse(call, MasterRefusalKind.UnknownName, $"there is no master {failed}");
        else if (context.Other is not { } other)
            context.Refuse(call, MasterRefusalKind.WrongState, "there is no shadow to take over");
        else if (_takeover is { } takeover && takeover.From == failed && failed != context.Self && takeover.CanJoin)
            Join(takeover, call);
        else if (context.Leads && failed == context.Self)
            Forward(call, request, other);
        else if (context.Leads)
            context.AnswerFromLog(call, () => RepeatedReply(failed, context.Self));
        else
            OnRequestAtShadow(call, request, other);
    }

    /// <summary>Begins a takeover: the replica reads to the durable end and fences, if the reason still holds there.</summary>
    internal Takeover Begin(TakeoverReason reason, MasterName from)
    {
        Takeover takeover = new(reason, from, context);
        _takeover = takeover;
        context.Log.Lead(context.Now, context.Output, () => takeover.MayFence());
        return takeover;
    }

    /// <summary>
    /// This master leads, and records why, in every term but the first. The primary before, by the log's decisions, is deposed, whether
    /// the reason is known or not.
    /// </summary>
    internal void OnLeadershipStarted()
    {
        MasterName before = context.State.Primary ?? context.Cluster.Masters[0];
        if (_takeover!.From == context.Self && before != context.Self)
        {
            // The fence was durable, and then this process crashed: its new run finds that it opened the term.
            _takeover = new Takeover(TakeoverReason.Resumed, before, context);
        }
        else if (_takeover.IsFounding)
        {
            _takeover = null;
        }

        _isProposed = false;
        ProposeRecord();
    }

    internal void OnRecordRefused() => _isProposed = false;

    /// <summary>The record is durable: only now the callers are told that the failover is done.</summary>
    internal void OnRecorded(Takeover takeover, TakeoverRecord record)
    {
        foreach ((CallId call, _) in takeover.Waiters)
            context.Answer(call, record.Reply());

        _takeover = null;
    }

    internal void OnSteppedDown(string? reason)
    {
        if (_takeover is not { } takeover)
            return;

        _takeover = null;
        bool isCertain = takeover.Phase == TakeoverPhase.CatchUp
            || (takeover.Phase == TakeoverPhase.Fence && context.Log.Role != LogRole.Faulted);
        string text = $"the takeover from {takeover.From} has failed: {reason}";
        Message answer = isCertain ? context.Refusal(MasterRefusalKind.Unavailable, text) : new MasterUnknown(text);
        foreach ((CallId call, _) in takeover.Waiters)
            context.Answer(call, answer);
    }

    internal void Step()
    {
        _takeover?.Watch();
        if (context.Log.IsCaughtUp || context.Log.Role == LogRole.Faulted)
        {
            foreach ((CallId call, TriggerFailover request) in _early.TakeAll())
                OnRequest(call, request);
        }
    }

    internal void Tick()
    {
        ProposeRecord();
        foreach ((CallId late, _) in _early.Expire(context.Now))
            context.Refuse(late, MasterRefusalKind.Unavailable, NotReady());

        if (_takeover is { } takeover && takeover.Waiters.Exists(waiting => waiting.Deadline <= context.Now))
            GiveUpWaiting(takeover);
    }

    /// <summary>The answer of a takeover that already fulfils the request; else why nothing is done.</summary>
    private Message RepeatedReply(MasterName failed, MasterName primary) =>
        context.State.NewestTakeover is { } newest
        && newest.From == failed && newest.To == primary && newest.Reason != TakeoverReason.Switchover
            ? newest.Reply()
            : new MasterRefusal(MasterRefusalKind.WrongState, $"master {failed} is not the primary, {primary} is", primary);

    private void OnRequestAtShadow(CallId call, TriggerFailover request, MasterName other)
    {
        MasterName primary = context.Incumbent;
        if (context.Log.Role == LogRole.Faulted)
        {
            context.Refuse(call, MasterRefusalKind.Unavailable, NotReady());
        }
        else if (!context.Log.IsCaughtUp)
        {
            if (!_early.TryAdd((call, request), context.Now + context.Config.WaitLimit))
                context.Refuse(call, MasterRefusalKind.Unavailable, NotReady());
        }
        else if (request.Failed == primary && primary == context.Self)
        {
            // This master led and no longer does, but no other has opened a term: the shadow can.
            Forward(call, request, other);
        }
        else if (request.Failed == primary)
        {
            Join(Begin(TakeoverReason.Requested, primary), call);
        }
        else if (primary != context.Self && context.State.Primary == primary)
        {
            context.Answer(call, RepeatedReply(request.Failed, primary));
        }
        else
        {
            // The leader's takeover record, which may answer the request, is not in the log yet.
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

    /// <summary>Only the shadow can depose a primary: the primary forwards the request to it, and the answer to the caller.</summary>
    private void Forward(CallId call, TriggerFailover request, MasterName other)
    {
        if (context.Calls.Count >= context.Config.WaitingMax)
            context.Refuse(call, MasterRefusalKind.Unavailable, "too many wait for the shadow");
        else
            context.Call(NodeAddress.Of(other), request, new MasterCall.Forwarded(call), context.Config.ForwardLimit);
    }

    private void ProposeRecord()
    {
        if (_takeover is { } takeover && context.Leads && !_isProposed)
        {
            _isProposed = true;
            context.Propose(new MasterEntry.TakenOver(takeover.OnLeadershipStarted()), new MasterPurpose.Record(takeover));
        }
    }

    // The wait limit of a caller is over. Before the fence is on its way the takeover is called off, so that the answer is
    // certain; after that it continues, and the callers find its result later.
    private void GiveUpWaiting(Takeover takeover)
    {
        if (takeover.Reason == TakeoverReason.Requested && takeover.Phase == TakeoverPhase.CatchUp)
        {
            context.Log.StepDown(context.Now, context.Output);
            OnSteppedDown(NotReady());
            return;
        }

        MasterUnknown unknown = new($"the takeover from {takeover.From} is still under way: {NotReady()}");
        foreach ((CallId call, _) in takeover.Waiters.Where(waiting => waiting.Deadline <= context.Now))
            context.Answer(call, unknown);

        takeover.Waiters.RemoveAll(waiting => waiting.Deadline <= context.Now);
    }

    private string NotReady() => $"master {context.Self} has not read the log to its end: {context.Log.Stall ?? "it is reading"}";
}
