using OrleansShards.Core.Wal;

namespace OrleansShards.Core.Masters;

/// <summary>What a master does while it does not lead: it tails the log when notified, and reports its progress.</summary>
internal sealed class ShadowRole(MasterContext context)
{
    private readonly ReplicationLag _lag = new(context.Config.WaitingMax);
    private (CallId Call, LogIndex Wanted, Instant Deadline)? _reading;
    private WriterId? _primary;

    internal void OnLogGrew(CallId call, LogGrew grew)
    {
        AnswerProgress();
        if (!context.Leads)
        {
            _lag.OnDurable(grew.Decisions, grew.Bytes, context.Now);
            context.Log.Poll(context.Now, context.Output);
            _reading = (call, grew.Durable, context.Now + context.Config.CatchUpLimit);
            return;
        }

        // Both masters believe that they lead. The log shows now which of them is wrong, without waiting for its next put: a
        // primary that offered a switchover learns here that it was taken.
        if (grew.Durable > context.Log.Applied.Index)
            context.VerifyLeadership();

        context.Answer(call, Progress());
    }

    internal void Status(CallId call)
    {
        if (context.KnownPrimary is not { } primary)
        {
            context.Answer(call, context.NotPrimary($"master {context.Self} knows of no primary"));
            return;
        }

        (long entries, long ms, long bytes) = _lag.Measure(context.Now);
        MasterName? shadow = primary == context.Self ? context.Other : context.Self;
        context.Answer(call, new ShadowStatusReply(primary, shadow, entries, ms, bytes, context.Term));
    }

    internal void Step()
    {
        if (context.Log.Opener != _primary)
        {
            // Bytes are counted by the primary's run: those of another run cannot be compared.
            _primary = context.Log.Opener;
            _lag.Reset(context.Log.Applied.Entries);
        }

        _lag.OnReplayed(context.Log.Applied.Entries);
        bool isReading = context.Log.Role is LogRole.Following or LogRole.Opening;
        if (_reading is { } reading
            && (context.Log.Applied.Index >= reading.Wanted || !isReading || context.Now >= reading.Deadline))
        {
            AnswerProgress();
        }
    }

    private void AnswerProgress()
    {
        if (_reading is { } reading)
        {
            _reading = null;
            context.Answer(reading.Call, Progress());
        }
    }

    private ShadowProgress Progress() => new(context.Log.Applied.Index, context.Term, context.Log.Applied.Entries);
}
