namespace OrleansShards.Core.Wal;

// Fencing, leading, and detecting that another writer leads.
public sealed partial class LogReplica<TOutcome>
{
    private readonly ProposalQueue _proposals = new(options.QueueBytesMax);
    private List<object?> _reads = [];
    private (OpId Op, LogIndex Index, List<object?> Reads, Instant StartedAt) _probe;
    private PutAttempt? _attempt;
    private Term? _fencing;
    private Func<bool>? _shouldContinue;
    private Instant _storedAt;

    // Puts the term-start record at the durable end. Two concurrent openers must not duel: one that finds a higher term
    // than the one it first tried to fence relinquishes to that term's opener.
    private void Open(LogOutput<TOutcome> output)
    {
        _fencing ??= Applied.Term;
        if (Applied.Term > _fencing)
        {
            StepDown($"{Opener} has opened term {Applied.Term}", output);
            return;
        }

        if (_shouldContinue?.Invoke() == false)
        {
            StepDown("what was read has ended the reason to lead", output);
            return;
        }

        Put(RecordKind.TermStart, Applied.Term.Next(), _machine.Digest, [], [], output);
    }

    private void FlushLeading(LogOutput<TOutcome> output)
    {
        if (_attempt is not null)
            return;

        if (!_proposals.IsEmpty)
        {
            PutBatch(_proposals.Take(_options.BatchBytesMax), output);
        }
        else if (_reads.Count > 0 && _probe.Op == default)
        {
            LogIndex next = Applied.Index.Next();
            _probe = (Ask(new StoreRequest.Probe(NewOp(), _log, next), output), next, _reads, _now);
            _reads = [];
        }
    }

    private void PutBatch(List<Proposal> proposals, LogOutput<TOutcome> output)
    {
        // If this put succeeds, it also proves the waiting reads: any other leader would have put a record at the same
        // number.
        List<object?> reads = _reads;
        _reads = [];
        ulong? digest = Applied.Index.Next().Value % (ulong)_options.DigestRecords == 0 ? _machine.Digest : null;
        Put(RecordKind.Ordinary, Applied.Term, digest, proposals, reads, output);
    }

    private void Put(
        RecordKind kind, Term term, ulong? digest, List<Proposal> proposals, List<object?> reads, LogOutput<TOutcome> output)
    {
        Invariant.Check(_attempt is null, $"{_self} puts a second record after {Applied.Index}");
        ReadOnlyMemory<byte>[] entries = [.. proposals.Select(static proposal => proposal.Entry)];
        (byte[] bytes, LogCursor after) = RecordCodec.Encode(Applied, kind, term, _self, digest, entries);
        _attempt = new PutAttempt(kind, bytes, after, proposals, reads, _now);
        PutAgain(_attempt, output);
    }

    private void PutAgain(PutAttempt attempt, LogOutput<TOutcome> output)
    {
        attempt.RetryAt = null;
        attempt.Op = Ask(new StoreRequest.Put(NewOp(), _log, attempt.After.Index, attempt.Record), output);
    }

    private void ReadBack(PutAttempt attempt, LogOutput<TOutcome> output)
    {
        attempt.RetryAt = null;
        attempt.Op = Ask(new StoreRequest.Read(NewOp(), _log, attempt.After.Index, 1), output);
    }

    private void WaitToRetry(PutAttempt attempt, string? reason)
    {
        Stall = reason;
        attempt.Op = default;
        attempt.RetryAt = _now + _options.StoreRetryInterval;
    }

    private void RetryAttempt(LogOutput<TOutcome> output)
    {
        if (_attempt is not { RetryAt: { } at } attempt || _now < at)
            return;

        if (attempt.IsStored)
            VerifyTermStart(attempt, output);
        else
            ReadBack(attempt, output);
    }

    private void OnAttempt(PutAttempt attempt, StoreCompletion completion, LogOutput<TOutcome> output)
    {
        switch (completion)
        {
            case StoreCompletion.Put { Outcome: PutOutcome.Stored }:
                Stored(attempt, output);
                break;
            case StoreCompletion.Put { Outcome: PutOutcome.Occupied }:
                ReadBack(attempt, output);
                break;
            case StoreCompletion.Put { Outcome: PutOutcome.Unknown } put:
                InDoubt(attempt, put.Reason, output);
                break;
            case StoreCompletion.Put put:
                NotStored(attempt, put.Reason, output);
                break;
            case StoreCompletion.Read read:
                ReadBack(attempt, read, output);
                break;
            case StoreCompletion.Manifest manifest:
                OnTermStartVerified(attempt, manifest.Bytes, output);
                break;
            case StoreCompletion.Failed failed:
                // A read failed. If a shell ever answers a put like that, the outcome of the put is unknown, too.
                attempt.IsDoubtful = true;
                WaitToRetry(attempt, failed.Reason);
                break;
            default:
                throw Unexpected(completion);
        }
    }

    /// <summary>The first unknown outcome is read back at once; further ones back off.</summary>
    private void InDoubt(PutAttempt attempt, string? reason, LogOutput<TOutcome> output)
    {
        bool isFirst = !attempt.IsDoubtful;
        attempt.IsDoubtful = true;
        Stall = reason;
        if (isFirst)
            ReadBack(attempt, output);
        else
            WaitToRetry(attempt, reason);
    }

    /// <summary>The record at the number settles the put: no proposal was answered before.</summary>
    private void ReadBack(PutAttempt attempt, StoreCompletion.Read read, LogOutput<TOutcome> output)
    {
        StoredRecord? found = read.Records is [var first, ..] && first.Index == attempt.After.Index ? first : null;
        if (found is { } record && record.Bytes.Span.SequenceEqual(attempt.Record))
        {
            Stored(attempt, output);
        }
        else if (read.CheckpointIndex >= attempt.After.Index || (found is null && read.Records.Count > 0))
        {
            // The log has moved on without this replica, and the number was dropped. Whether this put was the record at
            // that number is unknown for ever; a record that is there now is a stale writer's (see Confirm).
            Lost(attempt, isCertain: false, "the number was dropped behind a checkpoint", output);
        }
        else if (found is not null)
        {
            Lost(attempt, isCertain: true, "another writer's record has the number", output);
        }
        else
        {
            // Not there, but an earlier try may still arrive: only the same bytes may be put there by this replica.
            PutAgain(attempt, output);
        }
    }

    private void NotStored(PutAttempt attempt, string? reason, LogOutput<TOutcome> output)
    {
        if (attempt.IsDoubtful || attempt.Kind == RecordKind.TermStart)
        {
            WaitToRetry(attempt, reason);
            return;
        }

        Stall = reason;
        _attempt = null;
        output.NotifyAll(LogNoticeKind.Refused, attempt.Proposals, reason);
        output.NotifyAll(LogNoticeKind.Refused, attempt.Reads, reason);
    }

    private void Stored(PutAttempt attempt, LogOutput<TOutcome> output)
    {
        if (attempt.Kind == RecordKind.TermStart)
        {
            attempt.IsStored = true;
            VerifyTermStart(attempt, output);
            return;
        }

        // Counted from the request: others may have seen the record long before its completion arrived.
        _storedAt = attempt.StartedAt;
        ProvedAt = attempt.StartedAt;
        EndKnownAt = attempt.StartedAt;
        LogCursor at = attempt.After with { Entries = Applied.Entries };
        Note(attempt.Kind, _self, attempt.Record.Length, attempt.After);
        foreach (Proposal proposal in attempt.Proposals)
        {
            TOutcome outcome = _machine.Apply(at, proposal.Entry);
            at = at with { Entries = at.Entries + 1 };
            attempt.Committed++;
            output.Notices.Add(new(LogNoticeKind.Committed, proposal.Context, outcome));
        }

        _attempt = null;
        Stall = null;
        output.NotifyAll(LogNoticeKind.Readable, attempt.Reads);
    }

    private void TickLeading(LogOutput<TOutcome> output)
    {
        if (IsSilent())
        {
            StepDown($"the store has confirmed nothing for {_options.SelfStopAfter.TotalMilliseconds:0} ms", output);
            Tail(output);
            return;
        }

        RetryAttempt(output);
        if (_attempt is not null)
            return;

        bool isHeartbeatDue = _options.HeartbeatInterval is { } interval && _now - _storedAt >= interval;
        bool movesOn = MustMoveOn;
        if (isHeartbeatDue || movesOn)
        {
            _mayMoveOn &= !movesOn;
            PutBatch(_proposals.Take(_options.BatchBytesMax), output);
        }
    }

    // Whether the store has confirmed nothing for so long that a rival may be about to take over. A process that was
    // paused finds out here, at its first tick, before it answers anything from its own state.
    private bool IsSilent()
    {
        TimeSpan limit = _options.SelfStopAfter;
        return (_options.HeartbeatInterval is not null && _now - _storedAt >= limit)
            || (_attempt is { } attempt && _now - attempt.StartedAt >= limit)
            || (_probe.Op != default && _now - _probe.StartedAt >= limit);
    }

    private void OnProbe(StoreCompletion completion, LogOutput<TOutcome> output)
    {
        (LogIndex index, List<object?> reads) = (_probe.Index, _probe.Reads);
        switch (completion)
        {
            case StoreCompletion.Probe { Present: false }:
                _probe = default;
                Stall = _attempt is null ? null : Stall;
                output.NotifyAll(LogNoticeKind.Readable, reads);
                break;
            case StoreCompletion.Probe when Applied.Index >= index || _attempt is not null:
                // It may be this replica's own record, put since the probe was sent: the reads are probed again.
                _probe = default;
                _reads.InsertRange(0, reads);
                break;
            case StoreCompletion.Probe:
                StepDown($"another writer's record {index} is there", output);
                Tail(output);
                break;
            case StoreCompletion.Failed failed:
                Stall = failed.Reason;
                _probe = default;
                output.NotifyAll(LogNoticeKind.Refused, reads, failed.Reason);
                break;
            default:
                throw Unexpected(completion);
        }
    }
}

/// <summary>
/// A put whose outcome is not known yet; a replica has at most one. <c>After</c> is the cursor behind the record if it wins its
/// number. <c>Reads</c> came before the put was requested: its success proves that nobody else led in between.
/// </summary>
internal sealed record PutAttempt(
    RecordKind Kind, byte[] Record, LogCursor After, List<Proposal> Proposals, List<object?> Reads, Instant StartedAt)
{
    /// <summary>The pending store request; default while waiting to retry.</summary>
    internal OpId Op { get; set; }

    /// <summary>When to retry; null while a request is pending.</summary>
    internal Instant? RetryAt { get; set; }

    /// <summary>
    /// Whether some try of this put may take effect after its answer: then a later "not stored" says nothing about it,
    /// and only the record that stands at the number settles the outcome.
    /// </summary>
    internal bool IsDoubtful { get; set; }

    /// <summary>A term-start record is durable; the proof that it was not too late is pending (see <c>Confirm</c>).</summary>
    internal bool IsStored { get; set; }

    /// <summary>How many of the proposals have been reported as committed.</summary>
    internal int Committed { get; set; }
}
