namespace OrleansShards.Core.Wal;

// The end of a leadership or of an attempt at it, and the proof that a new leadership is not too late.
public sealed partial class LogReplica<TOutcome>
{
    // Checks that the durable term-start record is in the log that others read. An opener that was paused between reading
    // the end and its put may have used a number that was dropped meanwhile: (1) it reads the end at n; (2) the writer
    // puts n to m, takes a checkpoint at m and drops n; (3) the opener's put of n succeeds. Only the newest manifest,
    // read after the put, tells. A fence is never dropped, so a number above the checkpoint cannot have had another
    // record. Until the check succeeds, the record does not count as applied.
    private void VerifyTermStart(PutAttempt attempt, LogOutput<TOutcome> output)
    {
        attempt.RetryAt = null;
        attempt.Op = Ask(new StoreRequest.ReadManifest(NewOp(), _log), output);
    }

    private void OnTermStartVerified(PutAttempt attempt, ReadOnlyMemory<byte>? manifest, LogOutput<TOutcome> output)
    {
        if (manifest is { } bytes && CheckpointManifest.Decode(bytes.Span).Id.Index >= attempt.After.Index)
        {
            _attempt = null;
            Reload(output);
        }
        else
        {
            BeginToLead(attempt, output);
        }
    }

    private void BeginToLead(PutAttempt attempt, LogOutput<TOutcome> output)
    {
        _attempt = null;
        _fencing = null;
        _storedAt = _now;
        ProvedAt = attempt.StartedAt;
        EndKnownAt = attempt.StartedAt;
        Stall = null;
        Note(RecordKind.TermStart, _self, attempt.Record.Length, attempt.After);
        Role = LogRole.Leading;
        output.Notify(LogNoticeKind.LeadershipStarted);
    }

    private void Lost(PutAttempt attempt, bool isCertain, string reason, LogOutput<TOutcome> output)
    {
        _attempt = null;
        if (Role == LogRole.Opening)
        {
            // An older writer's record that wins the number is legitimate: replay it and try the next number. If it is a
            // rival's term-start record, Open ends the attempt.
            Tail(output);
            return;
        }

        output.NotifyAll(isCertain ? LogNoticeKind.Refused : LogNoticeKind.Unknown, attempt.Proposals, reason);
        output.NotifyAll(LogNoticeKind.Refused, attempt.Reads, reason);
        StepDown(reason, output);
        Tail(output);
    }

    private void StepDown(string reason, LogOutput<TOutcome> output)
    {
        if (_attempt is { } attempt)
        {
            _attempt = null;
            output.NotifyAll(LogNoticeKind.Unknown, attempt.Proposals[attempt.Committed..], reason);
            output.NotifyAll(LogNoticeKind.Refused, attempt.Reads, reason);
        }

        output.NotifyAll(LogNoticeKind.Refused, _proposals.TakeAll(), reason);
        output.NotifyAll(LogNoticeKind.Refused, _probe.Reads ?? [], reason);
        output.NotifyAll(LogNoticeKind.Refused, _reads, reason);
        _probe = default;
        _reads = [];
        _fencing = null;
        _leadsWhenLoaded = false;
        AbandonCheckpoint();
        Role = Role == LogRole.Loading ? LogRole.Loading : LogRole.Following;
        output.Notify(LogNoticeKind.SteppedDown, reason);
    }
}
