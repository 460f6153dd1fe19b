namespace OrleansShards.Core.Wal;

internal readonly record struct Proposal(ReadOnlyMemory<byte> Entry, object? Context);

/// <summary>Group commit: what is proposed while a put is pending becomes the next batch.</summary>
internal sealed class ProposalQueue(int bytesMax)
{
    private readonly Queue<Proposal> _waiting = new();
    private long _bytes;

    internal bool IsEmpty => _waiting.Count == 0;

    /// <summary>False if too many bytes wait already; an empty queue takes any proposal.</summary>
    internal bool TryAdd(Proposal proposal)
    {
        if (_waiting.Count > 0 && _bytes + proposal.Entry.Length > bytesMax)
            return false;

        _waiting.Enqueue(proposal);
        _bytes += proposal.Entry.Length;
        return true;
    }

    /// <summary>Takes proposals in order, up to so many bytes but at least one.</summary>
    internal List<Proposal> Take(int batchBytesMax)
    {
        List<Proposal> batch = new(_waiting.Count);
        long bytes = 0;
        while (_waiting.TryPeek(out Proposal next) && (batch.Count == 0 || bytes + next.Entry.Length <= batchBytesMax))
        {
            batch.Add(_waiting.Dequeue());
            bytes += next.Entry.Length;
        }

        _bytes -= bytes;
        return batch;
    }

    internal List<Proposal> TakeAll() => Take(int.MaxValue);
}
