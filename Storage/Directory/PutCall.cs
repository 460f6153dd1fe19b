namespace OrleansShards.Storage.Directory;

/// <summary>A queued put, in the steps that its thread takes; each decides the outcome if it fails.</summary>
internal sealed class PutCall(DirectoryLog log, ulong index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    : TaskCompletionSource<(PutOutcome Outcome, string? Reason)>
{
    private (PutOutcome Outcome, string? Reason)? _outcome;
    private string? _temporary;

    internal DirectoryLog Log => log;
    internal ulong Index => index;

    /// <summary>Whether the record has its name and waits for the flush.</summary>
    internal bool IsLinked { get; private set; }

    /// <summary>Writes the temporary file. A put that fails before it is linked is certainly not stored.</summary>
    internal void Write(DirectoryRoot root, string? broken, Func<Exception, string> textFor)
    {
        if (cancellationToken.IsCancellationRequested || broken is not null)
        {
            _outcome = (PutOutcome.NotStored, broken ?? "The put was cancelled before it began.");
            return;
        }

        try
        {
            log.Prepare();
            var (path, durable) = (log.RecordPath(index), root.Options.Synchronous);

            // Detected here, an occupied number costs no flush.
            if (File.Exists(path))
                _outcome = Occupied;
            else
                _temporary = log.RecordFrame(index).Write(record.Span, file => AtomicFile.WriteTemporary(path, file, durable, root.Calls));
        }
        catch (Exception exception)
        {
            _outcome = (PutOutcome.NotStored, textFor(exception));
        }
    }

    /// <summary>Gives the file its name: the file system decides which put is first.</summary>
    internal void Link(DirectoryRoot root)
    {
        if (_temporary is null)
            return;

        try
        {
            var path = log.RecordPath(index);
            root.Options.Faults?.BeforeLink?.Invoke(_temporary, path);
            IsLinked = AtomicFile.TryLink(_temporary, path, root.Calls);
            if (!IsLinked)
                _outcome = Occupied;
        }
        catch (Exception exception)
        {
            var outcome = exception is UnknownOutcomeException ? PutOutcome.Unknown : PutOutcome.NotStored;
            _outcome = (outcome, DirectoryFailure.TextFor(exception, root.Path));
        }
    }

    /// <summary>The flush after its link failed: a crash of the machine may lose the record.</summary>
    internal void OnSyncFailed(string text) => _outcome = (PutOutcome.Unknown, text);

    internal void Refuse(string text) => TrySetResult((PutOutcome.NotStored, text));
    internal void Answer() => TrySetResult(_outcome ?? (PutOutcome.Stored, null));

    private (PutOutcome Outcome, string? Reason) Occupied =>
        (PutOutcome.Occupied, $"Record {new Core.LogIndex(index)} of log {log.Name} is there already.");
}
