namespace OrleansShards.Core.Wal;

/// <summary>Something proposed: the entry's bytes, and what its node wants to have back with the outcome.</summary>
internal readonly record struct Proposal(ReadOnlyMemory<byte> Entry, object? Context);

/// <summary>What waits for the next record: all that is proposed while a put is under way becomes one batch.</summary>
internal sealed class ProposalQueue(int bytesMax)
{
    private readonly Queue<Proposal> _waiting = new();
    private long _bytes;

    internal bool IsEmpty => _waiting.Count == 0;

    /// <summary>False where too many bytes wait already; an empty queue takes anything.</summary>
    internal bool TryAdd(Proposal proposal)
    {
        if (_waiting.Count > 0 && _bytes + proposal.Entry.Length > bytesMax)
            return false;

        _waiting.Enqueue(proposal);
        _bytes += proposal.Entry.Length;
        return true;
    }

    /// <summary>Takes proposals in order up to a size, but at least one.</summary>
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

    internal List<Proposal> TakeAll()
    {
        List<Proposal> all = [.. _waiting];
        _waiting.Clear();
        _bytes = 0;
        return all;
    }
}
