using System.Globalization;
using System.Text;
using OrleansShards.Core;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;
using OrleansShards.Tests.Core.Wal;

namespace OrleansShards.Tests.Storage.Disks;

/// <summary>
/// One log, written and read by the replica that ships: it appends words, takes checkpoints and drops records, and remembers what it was
/// told of each word, however often its store is opened anew.
/// </summary>
internal sealed class WordLog(LogName name, Random random)
{
    // 3 s of the replica's clock, which goes on only while nothing else happens: below its own limit of 7 s.
    private const int IdleTicksMax = 30;

    private const int StepsMax = 20_000;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly LogOptions Options = new()
    {
        CheckpointRecords = 12,
        CheckpointBytes = 40_000,
        ChunkBytes = 8_000,
        DigestRecords = 4,
        ReadBytesMax = 30_000,
    };

    private readonly Queue<Effect.Store> _asked = new();
    private readonly LogOutput<string> _output = new();
    private List<(string Word, bool IsAcknowledged)> _words = [];
    private LogReplica<string>? _replica;
    private ListMachine _machine = new();
    private StoreRunner? _runner;
    private Instant _now;
    private ulong _runs;
    private int _written;

    internal LogName Name => name;

    internal int Acknowledged => _words.Count(static word => word.IsAcknowledged);

    /// <summary>How many checkpoints it has begun with at its openings.</summary>
    internal int Restored { get; private set; }

    /// <summary>Opens it. Returns why it is not served; null if it is.</summary>
    internal async Task<string?> OpenAsync(ILogStore store)
    {
        _machine = new ListMachine();
        _runner = new StoreRunner(store, TimeProvider.System, static (_, _) => { });
        _replica = new LogReplica<string>(name, new WriterId("writer", new Incarnation(++_runs)), Options, _machine);
        _asked.Clear();
        _replica.Start(_now, _output);
        _replica.Lead(_now, _output);
        return await UntilAsync(static notice => notice.Kind == LogNoticeKind.LeadershipStarted) is { Kind: not LogNoticeKind.Faulted }
            ? null
            : Why();
    }

    /// <summary>
    /// Every acknowledged word is there in its place, and no other but those whose fate was unknown; from now on that is certain.
    /// </summary>
    internal void Check(string context)
    {
        var found = _machine.Words;
        var at = 0;
        foreach (var (word, isAcknowledged) in _words)
        {
            if (at < found.Count && found[at] == word)
                at++;
            else if (isAcknowledged)
                Assert.Fail($"{context}: log {name} has lost {Short(word)}, acknowledged; it has {found.Count} words of {_words.Count}");
        }

        if (at < found.Count)
            Assert.Fail($"{context}: log {name} has {Short(found[at])}, which it should not");

        _words = [.. found.Select(static word => (word, true))];
    }

    /// <summary>How many of the last words that were acknowledged are not there; all before them are.</summary>
    internal int CountLost(string context)
    {
        var found = _machine.Words.ToHashSet(StringComparer.Ordinal);
        var acknowledged = _words.Where(static word => word.IsAcknowledged).Select(static word => word.Word).ToArray();
        Assert.True(found.IsSubsetOf(_words.Select(static word => word.Word)), $"{context}: log {name} has what was never written");
        var there = acknowledged.TakeWhile(found.Contains).Count();
        Assert.True(
            !acknowledged.Skip(there).Any(found.Contains), $"{context}: log {name} has lost word {there}, and has some that follow it");
        return acknowledged.Length - there;
    }

    /// <summary>Appends a word. Returns why it was not acknowledged; null if it was, before the disk's power was cut.</summary>
    internal async Task<string?> AppendAsync(BadDisk disk)
    {
        var length = random.Next(8) == 0 ? random.Next(20_000) : random.Next(900);
        var word = string.Create(CultureInfo.InvariantCulture, $"{name}:{_written++}:{new string((char)random.Next('a', 'z'), length)}");
        var last = _words.Count;
        _words.Add((word, false));
        _replica!.Propose(Encoding.UTF8.GetBytes(word), word, _output);
        _replica.Flush(_now, _output);
        var notice = await UntilAsync(notice => notice.Context as string == word, notice =>
        {
            // Here and not later: what is acknowledged while the power is on must be there when it is on again.
            if (notice.Kind == LogNoticeKind.Committed && !disk.IsCut)
                _words[last] = (word, true);
        });
        if (notice?.Kind == LogNoticeKind.Refused)
            _words.RemoveAt(last);

        return notice?.Kind == LogNoticeKind.Committed && _words[last].IsAcknowledged ? null : notice?.Text ?? Why();
    }

    private string Why() => _replica!.Stall ?? "no answer";

    private async Task<LogNotice<string>?> UntilAsync(
        Func<LogNotice<string>, bool> isWanted, Action<LogNotice<string>>? onFound = null)
    {
        LogNotice<string>? found = null;
        var steps = 0;
        for (var idle = 0; idle < IdleTicksMax;)
        {
            Assert.True(++steps < StepsMax, $"log {name} comes to no end, at {_replica!.Applied}");
            foreach (var notice in _output.Notices.Where(notice => isWanted(notice) || notice.Kind == LogNoticeKind.Faulted))
            {
                found ??= notice;
                onFound?.Invoke(notice);
            }

            _output.Notices.Clear();
            _output.Effects.OfType<Effect.Store>().ToList().ForEach(_asked.Enqueue);
            _output.Effects.Clear();
            if (_asked.TryDequeue(out var asked))
            {
                Restored += asked.Request is StoreRequest.ReadChunk ? 1 : 0;
                _replica!.OnCompletion(_now, await _runner!.RunAsync(asked.Request), _output);
            }
            else if (found is not null)
            {
                return found;
            }
            else
            {
                idle++;
                _now += Tick;
                _replica!.Tick(_now, _output);
                _replica.Flush(_now, _output);
            }
        }

        return null;
    }

    private static string Short(string word) => word.Length > 40 ? $"{word[..40]}…" : word;
}
