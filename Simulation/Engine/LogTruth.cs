using OrleansShards.Core.Bytes;
using OrleansShards.Simulation.Checkers;

namespace OrleansShards.Simulation.Engine;

/// <summary>All records of one log, dropped ones too, and their state: what nodes believe is compared with it.</summary>
internal sealed class LogTruth
{
    private readonly List<ReadOnlyMemory<byte>> _records = [];
    private readonly List<ulong> _digests = [];
    private readonly Dictionary<Term, WriterId> _openers = [];

    internal LogTruth(LogName name)
    {
        Name = name;
        if (name.Value.Split('/') is [_, string group, string number])
        {
            Group = new GroupId(group);
            ShardId = new ShardId(int.Parse(number, CultureInfo.InvariantCulture));
            Shard = new ShardState(Group);
        }
        else
        {
            Master = new MasterState();
        }

        _digests.Add(Digest);
    }

    internal LogName Name { get; }

    /// <summary>Whose copy of a shard the log is of; the default for the masters' log, like <see cref="ShardId"/>.</summary>
    internal GroupId Group { get; }

    internal ShardId ShardId { get; }

    /// <summary>The state of the masters' log; null for a shard's.</summary>
    internal MasterState? Master { get; }

    /// <summary>The state of a shard's log; null for the masters'.</summary>
    internal ShardState? Shard { get; }

    internal LogCursor Head { get; private set; }

    /// <summary>Who opened the newest term.</summary>
    internal WriterId? Opener { get; private set; }

    /// <summary>How often a writer of another name than before opened a term.</summary>
    internal int Takeovers { get; private set; }

    internal LogRecord? Last { get; private set; }

    private ulong Digest => Shard?.Digest ?? Master!.Digest;

    internal WriterId? OpenerOf(Term term) => _openers.TryGetValue(term, out WriterId opener) ? opener : null;

    /// <summary>The state's digest after a record; null if the log does not have that record.</summary>
    internal ulong? DigestAt(LogIndex index) => index.Value < (ulong)_digests.Count ? _digests[(int)index.Value] : null;

    /// <summary>The store has stored a record.</summary>
    /// <returns>Whether it is appended to the log; otherwise it took a dropped record's index.</returns>
    internal bool Take(LogIndex index, ReadOnlyMemory<byte> bytes)
    {
        if (index <= Head.Index)
        {
            TakeStaleRecord(index, bytes);
            return false;
        }

        if (index != Head.Index.Next())
            throw new ViolationException("no-gaps", $"record {index} of {Name} is put, though the log ends at {Head.Index}");

        Append(new StoredRecord(index, bytes));
        return true;
    }

    private void Append(StoredRecord stored)
    {
        LogRecord record;
        try
        {
            record = RecordCodec.Decode(Head, Opener, stored);
        }
        catch (CorruptDataException damage)
        {
            throw new ViolationException("one-writer-a-term", $"{Name}: {damage.Message}");
        }

        Check(record);
        if (record.Kind == RecordKind.TermStart)
        {
            Takeovers += Opener is { } before && before.Node != record.Writer.Node ? 1 : 0;
            Opener = record.Writer;
            _openers.Add(record.After.Term, record.Writer);
        }

        _records.Add(stored.Bytes);
        Apply(record);
        Head = record.After;
        Last = record;
        _digests.Add(Digest);
    }

    private void Apply(LogRecord record)
    {
        LogCursor at = record.After with { Entries = record.Before.Entries };
        foreach (ReadOnlyMemory<byte> entry in record.Entries)
        {
            if (Shard is { } shard)
                shard.Apply(at, entry);
            else
                Master!.Apply(at, entry);

            at = at with { Entries = at.Entries + 1 };
        }
    }

    /// <summary>Checked here again, in case the codec lets it pass.</summary>
    private void Check(LogRecord record)
    {
        if (record.Kind == RecordKind.TermStart ? record.After.Term <= Head.Term : record.After.Term != Head.Term)
        {
            throw new ViolationException(
                "terms-rise",
                $"{Name}: {record.Kind} record {record.After.Index} of {record.Writer} has term {record.After.Term} after {Head.Term}");
        }

        if (record.Kind != RecordKind.TermStart && record.Writer != Opener)
        {
            throw new ViolationException(
                "one-writer-a-term", $"{Name}: {record.Writer} writes record {record.After.Index} in term {record.After.Term} of {Opener}");
        }
    }

    // The index of a dropped record is free, so a put that was delayed for long succeeds there. That is harmless if it is
    // the same record, or a term-start record; anything else would be acknowledged and lost.
    private void TakeStaleRecord(LogIndex index, ReadOnlyMemory<byte> bytes)
    {
        bool isItself = _records[(int)index.Value - 1].Span.SequenceEqual(bytes.Span);
        if (!isItself && bytes.Span[1] != (byte)RecordKind.TermStart)
            throw new ViolationException("fences-stay", $"{Name}: an ordinary record took the dropped number {index}");
    }
}
