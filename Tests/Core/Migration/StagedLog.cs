using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;
using OrleansShards.Tests.Core.Shards;

namespace OrleansShards.Tests.Core.Migration;

/// <summary>A source's log without a store: its state, and its records as a target reads them.</summary>
internal sealed class StagedLog
{
    private static readonly WriterId Writer = new("g1/3", new Incarnation(1));
    private LogCursor _cursor = LogCursor.Start;

    internal StagedLog()
    {
        (byte[] bytes, LogCursor after) = RecordCodec.Encode(_cursor, RecordKind.TermStart, new Term(1), Writer, null, []);
        Records.Add(new StoredRecord(after.Index, bytes));
        _cursor = after;
        Put(TransferEntryCodec.Encode(new TransferEntry.Open(new Epoch(4))));
    }

    internal ShardState State { get; } = new(new GroupId("g1"), 64);

    internal List<StoredRecord> Records { get; } = [];

    internal void Write(string key, string value, SessionTag session = default)
    {
        ByteWriter writer = new();
        KeyEntry.Write(writer, Keys.Write(key, value, session));
        Put(writer.ToArray());
    }

    internal void Seal(ulong move = 7) =>
        Put(TransferEntryCodec.Encode(new TransferEntry.Seal(new MoveId(move), new Term(2), new GroupId("g2"))));

    /// <summary>One record with one entry, and the digest that the state has before it (or another).</summary>
    internal void Put(byte[] entry, ulong? digest = null)
    {
        (byte[] bytes, LogCursor after) = RecordCodec.Encode(
            _cursor, RecordKind.Ordinary, new Term(1), Writer, digest ?? State.Digest, [entry]);
        State.Apply(after with { Entries = _cursor.Entries }, entry);
        Records.Add(new StoredRecord(after.Index, bytes));
        _cursor = after;
    }
}
