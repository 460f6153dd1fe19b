using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>
/// What is true of the log, told from the store alone: the first record of every number, in order. Replicas are
/// measured against it whenever they say something.
/// </summary>
internal sealed class LogModel(ScriptedStore store)
{
    private readonly List<(int Words, ulong Digest)> _at = [(0, 0)];
    private readonly ListMachine _machine = new();
    private readonly Dictionary<ulong, ulong> _leaders = [];
    private readonly List<Proposed> _proposed = [];
    private LogCursor _cursor = LogCursor.Start;
    private WriterId? _opener;

    /// <summary>How much of the log somebody was told of: no later read may see less.</summary>
    internal int Floor { get; private set; }

    internal IReadOnlyList<string> Words => _machine.Words;

    internal IReadOnlyList<Proposed> Proposals => _proposed;

    internal Proposed Propose(ReplicaHost host)
    {
        Proposed proposed = new($"w{_proposed.Count}", host);
        _proposed.Add(proposed);
        return proposed;
    }

    /// <summary>Reads what the store has gained, by the rules that every reader checks.</summary>
    internal void Follow()
    {
        while (_at.Count <= store.History.Count)
        {
            StoredRecord stored = new(_cursor.Index.Next(), store.History[_at.Count - 1]);
            LogRecord record = RecordCodec.Decode(_cursor, _opener, stored);
            Assert.True(record.Digest is null || record.Digest == _machine.Digest, $"record {stored.Index} logs a wrong digest");
            foreach (ReadOnlyMemory<byte> entry in record.Entries)
                _machine.Apply(record.After with { Entries = (ulong)_machine.Words.Count }, entry);

            _opener = record.Kind == RecordKind.TermStart ? record.Writer : _opener;
            _cursor = record.After;
            _at.Add((_machine.Words.Count, _machine.Digest));
        }
    }

    /// <summary>A replica's state is the log's prefix that it says it is.</summary>
    internal void Check(ReplicaHost host)
    {
        Assert.True(host.Replica.Role != LogRole.Faulted, $"{host.Name} has stopped: {host.Replica.Stall}");
        if (host.Replica.Role == LogRole.Loading)
            return;

        Follow();
        int index = (int)host.Replica.Applied.Index.Value;
        Assert.True(index < _at.Count, $"{host.Name} has applied {index}, the log ends at {_at.Count - 1}");
        Assert.Equal(_at[index], (host.Machine.Words.Count, host.Machine.Digest));
        Assert.Equal((ulong)host.Machine.Words.Count, host.Replica.Applied.Entries);
    }

    internal void Told(ReplicaHost host, LogNotice<string> notice)
    {
        switch (notice)
        {
            case { Kind: LogNoticeKind.Committed, Context: Proposed proposed }:
                Assert.Equal(proposed.Word, Words[int.Parse(notice.Outcome!, System.Globalization.CultureInfo.InvariantCulture)]);
                proposed.End(notice.Kind);
                Floor = Math.Max(Floor, Words.ToList().IndexOf(proposed.Word) + 1);
                break;
            case { Context: Proposed proposed }:
                proposed.End(notice.Kind);
                break;
            case { Kind: LogNoticeKind.Readable, Context: Asked asked }:
                int seen = host.Machine.Words.Count;
                Assert.True(seen >= asked.Floor, $"a read sees {seen} entries, {asked.Floor} were told of before it was asked");
                Floor = Math.Max(Floor, seen);
                break;
            case { Kind: LogNoticeKind.LeadershipStarted }:
                Assert.True(_leaders.TryAdd(host.Replica.Applied.Term.Value, host.Run), $"two lead in term {host.Replica.Applied.Term}");
                break;
            default:
                break;
        }
    }

    /// <summary>In the end: every committed entry is there once, every refused one never, every unknown one once or never.</summary>
    internal void CheckFates()
    {
        Follow();
        Dictionary<string, int> times = Words.GroupBy(word => word).ToDictionary(group => group.Key, group => group.Count());
        foreach (Proposed proposed in _proposed)
        {
            int count = times.GetValueOrDefault(proposed.Word);
            (int least, int most) = proposed.Fate switch
            {
                LogNoticeKind.Committed => (1, 1),
                LogNoticeKind.Refused => (0, 0),
                _ => (0, 1),
            };
            Assert.True(count >= least && count <= most, $"{proposed.Word} is {proposed.Fate}, and {count} times in the log");
            proposed.IsInLog = count == 1;
        }
    }

    /// <summary>Every term-start record is still there, with its own bytes.</summary>
    internal void CheckFences()
    {
        for (int i = 0; i < store.History.Count; i++)
        {
            bool isThere = store.Records.TryGetValue((ulong)i + 1, out ReadOnlyMemory<byte> found)
                && found.Span.SequenceEqual(store.History[i].Span);
            Assert.True(isThere || RecordBytes.Read(store.History[i]).Kind != RecordKind.TermStart, $"fence {i + 1} was dropped");
        }
    }
}

/// <summary>Something proposed, and what its proposer was told.</summary>
internal sealed class Proposed(string word, ReplicaHost host)
{
    internal string Word { get; } = word;

    internal ReplicaHost Host { get; } = host;

    internal LogNoticeKind? Fate { get; private set; }

    internal bool IsInLog { get; set; }

    internal void End(LogNoticeKind fate)
    {
        Assert.True(Fate is null, $"{Word} was {Fate}, and now is {fate}");
        Fate = fate;
    }
}

/// <summary>A read that waits, and what was known to be in the log when it was asked.</summary>
internal sealed record Asked(int Floor, ReplicaHost Host)
{
    internal bool IsAnswered { get; set; }
}
