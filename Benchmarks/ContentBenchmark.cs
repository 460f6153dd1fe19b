using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using OrleansShards.Core;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;
using OrleansShards.Core.Wal;

namespace OrleansShards.Benchmarks;

/// <summary>
/// What a shard's content costs in memory, and how long one entry holds up a shard: loads keys straight into shards' states, without a
/// log, then overwrites and deletes them, with and without a checkpoint being read.
/// </summary>
internal static class ContentBenchmark
{
    private const int ChunkBytes = 256 << 10;

    internal static int Run(int keys, int shards, int valueBytes, int sessions)
    {
        Warm(valueBytes);
        (long managed, long resident) = Memory();
        ShardState[] states = [.. Enumerable.Range(0, shards).Select(static shard => Opened(shard))];
        Entries entries = new(keys, shards, valueBytes, sessions);
        Line("", "entries/s", "cpu us each", "p99.99 us", "longest ms", "gen2", "pauses ms", "longest");
        Play("load", states, entries, keys);
        (long managedNow, long residentNow) = Memory();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"bytes a key: {(managedNow - managed) / (double)keys:0.0} managed, {(residentNow - resident) / (double)keys:0.0} resident"));
        Console.WriteLine($"a blocking gen2 collection: {Collect():0.0} ms");
        Play("overwrite", states, entries, keys);
        (managedNow, residentNow) = Memory();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"bytes a key: {(managedNow - managed) / (double)keys:0.0} managed, {(residentNow - resident) / (double)keys:0.0} resident"));
        List<ICheckpointSource> sources = Freeze(states);
        Play("overwrite, frozen", states, entries, keys / 4);
        Read(sources, keys);
        Play("overwrite, thawed", states, entries, keys / 4);
        entries.IsDeleting = true;
        Play("delete", states, entries, keys);
        (managedNow, _) = Memory();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"left after the deletes: {managedNow - managed:N0} bytes"));
        GC.KeepAlive(states);
        return 0;
    }

    // What is measured once, a freeze for one, must not measure the compiler.
    private static void Warm(int valueBytes)
    {
        ShardState[] states = [Opened(0)];
        Entries entries = new(10_000, 1, valueBytes, sessions: 100);
        for (int number = 0; number < 100_000; number++)
            states[0].Apply(LogCursor.Start, entries.Next().Entry);

        for (int round = 0; round < 50; round++)
            Read(Freeze(states, isSilent: true), keys: 0, isSilent: true);
    }

    private static ShardState Opened(int shard)
    {
        ShardState state = new(new GroupId($"g{shard}"));
        state.Apply(LogCursor.Start, TransferEntryCodec.Encode(new TransferEntry.Open(new Epoch(1))));
        return state;
    }

    private static void Play(string what, ShardState[] states, Entries entries, int count)
    {
        int collections = GC.CollectionCount(2);
        TimeSpan paused = GC.GetTotalPauseDuration();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        long[] slowest = new long[Math.Max(1, count / 10_000)];
        long applying = 0;
        double longestPause = 0;
        long seen = GC.GetGCMemoryInfo(GCKind.Any).Index;
        for (int number = 0; number < count; number++)
        {
            (int shard, byte[] entry) = entries.Next();
            long at = Stopwatch.GetTimestamp();
            states[shard].Apply(LogCursor.Start, entry);
            long took = Stopwatch.GetTimestamp() - at;
            applying += took;
            Keep(slowest, took);
            if ((number & 1023) == 0)
                longestPause = Math.Max(longestPause, LongestPause(ref seen));
        }

        Line(
            what,
            Number(count / Stopwatch.GetElapsedTime(0, applying).TotalSeconds, "N0"),
            Number((Environment.CpuUsage.TotalTime - used).TotalMicroseconds / count, "0.00"),
            Number(Stopwatch.GetElapsedTime(0, slowest[0]).TotalMicroseconds, "0"),
            Number(Stopwatch.GetElapsedTime(0, slowest.Max()).TotalMilliseconds, "0.00"),
            Number(GC.CollectionCount(2) - collections, "0"),
            Number((GC.GetTotalPauseDuration() - paused).TotalMilliseconds, "0"),
            Number(longestPause, "0.0"));
    }

    // The slowest ten-thousandth: a heap of a fixed size whose root is the fastest of them.
    private static void Keep(long[] slowest, long took)
    {
        if (took <= slowest[0])
            return;

        int at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= slowest.Length)
                break;

            if (child + 1 < slowest.Length && slowest[child + 1] < slowest[child])
                child++;

            if (slowest[child] >= took)
                break;

            slowest[at] = slowest[child];
            at = child;
        }

        slowest[at] = took;
    }

    private static double LongestPause(ref long seen)
    {
        GCMemoryInfo last = GC.GetGCMemoryInfo(GCKind.Any);
        if (last.Index == seen)
            return 0;

        seen = last.Index;
        double longest = 0;
        foreach (TimeSpan pause in last.PauseDurations)
            longest = Math.Max(longest, pause.TotalMilliseconds);

        return longest;
    }

    private static List<ICheckpointSource> Freeze(ShardState[] states, bool isSilent = false)
    {
        List<ICheckpointSource> sources = [];
        double longest = 0;
        foreach (ShardState state in states)
        {
            long at = Stopwatch.GetTimestamp();
            sources.Add(state.Freeze());
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(at).TotalMicroseconds);
        }

        if (!isSilent)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"freeze: {longest:0} us at most"));

        return sources;
    }

    private static void Read(List<ICheckpointSource> sources, int keys, bool isSilent = false)
    {
        (long bytes, double longest) = (0, 0);
        long started = Stopwatch.GetTimestamp();
        foreach (ICheckpointSource source in sources)
        {
            for (bool more = true; more;)
            {
                ByteWriter chunk = new(ChunkBytes + 1024);
                long at = Stopwatch.GetTimestamp();
                more = source.WriteNext(chunk, ChunkBytes);
                longest = Math.Max(longest, Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                bytes += chunk.Length;
            }

            source.Dispose();
        }

        if (isSilent)
            return;

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"checkpoints read: {bytes >> 20:N0} MiB, {keys / seconds:N0} keys/s, longest chunk {longest:0.00} ms"));
    }

    private static double Collect()
    {
        long at = Stopwatch.GetTimestamp();
        GC.Collect(2, GCCollectionMode.Forced, blocking: true);
        return Stopwatch.GetElapsedTime(at).TotalMilliseconds;
    }

    private static (long Managed, long Resident) Memory()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using Process self = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), self.WorkingSet64);
    }

    private static void Line(params string[] cells) => Console.WriteLine($"{cells[0],-18}{string.Concat(cells[1..].Select(Pad))}");

    private static string Pad(string cell) => cell.PadLeft(13);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    // The same entries in every run; a key's turn comes once in so many entries as there are keys, in no order.
    private sealed class Entries(int keys, int shards, int valueBytes, int sessions)
    {
        // Odd, and no factor of a power of ten.
        private const long Stride = 7_368_787;

        private readonly ByteWriter _writer = new();
        private readonly JsonText _value = JsonText.Parse($"\"{new string('v', valueBytes - 2)}\"");
        private long _next;

        internal bool IsDeleting { get; set; }

        internal (int Shard, byte[] Entry) Next()
        {
            long key = _next * Stride % keys;
            JsonText text = JsonText.Parse(string.Create(CultureInfo.InvariantCulture, $"\"key-{key:0000000000}\""));
            SessionTag session = sessions == 0
                ? SessionTag.None
                : new SessionTag(SessionKind.Router, $"router-{_next % sessions}", _next);
            KeyVerb verb = IsDeleting ? KeyVerb.Delete : KeyVerb.Write;
            KeyRequest request = new(session, new KeyCommand(verb, text, IsDeleting ? default : _value, default, false));
            _writer.Clear();
            KeyEntry.Write(_writer, request);
            _next++;
            return (ShardHash.ShardOf(KeyText.From(text), shards), _writer.ToArray());
        }
    }
}
