using System.Diagnostics;
using System.Globalization;
using OrleansShards.Client.Routing;
using OrleansShards.Core;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Benchmarks.Moves;

/// <summary>
/// Clients that write to one shard, each as soon as its last write is answered, and the time of each answer. Runs on the
/// cluster's thread, except for <see cref="Gaps"/>.
/// </summary>
internal sealed class MoveLoad(IClusterClient cluster, ShardId shard, int keys, LoadOptions options) : IDisposable
{
    private static readonly TimeSpan FillDeadline = TimeSpan.FromSeconds(30);
    private static readonly JsonText Value = JsonText.Parse($"\"{new string('v', 98)}\"");

    private const int GapsShown = 5;

    private readonly Lock _lock = new();
    private readonly List<long> _served = new(1 << 22);
    private readonly Random _random = new(20_261_122);
    private readonly ManualResetEventSlim _ended = new();
    private bool _isEnding;
    private int _open;

    internal List<string> Errors { get; } = [];

    /// <summary>Writes every key once, and then the large values, one by one.</summary>
    internal void Fill(int inFlight)
    {
        int next = 0;
        int open = 0;
        using ManualResetEventSlim filled = new();
        cluster.Post(() =>
        {
            for (int i = 0; i < inFlight; i++)
                Next();
        });
        filled.Wait();

        void Next()
        {
            if (next >= keys && open > 0)
                return;

            if (next == keys + options.LargeValues)
            {
                filled.Set();
                return;
            }

            open++;
            JsonText value = next < keys ? Value : JsonText.Parse($"\"{new string('v', options.LargeBytes - 2)}\"");
            Submit(next++, value, FillDeadline, outcome =>
            {
                if (outcome is not ClientOutcome.Applied)
                    Errors.Add($"while filling: {outcome}");

                open--;
                Next();
            });
        }
    }

    internal void Start() => cluster.Post(() =>
    {
        for (int client = 0; client < options.Clients; client++)
            Ask();
    });

    internal void Stop()
    {
        cluster.Post(() => _isEnding = true);
        _ended.Wait();
    }

    public void Dispose() => _ended.Dispose();

    /// <summary>
    /// The longest times without a served write between two moments, longest first, each with its start, and the number of
    /// writes.
    /// </summary>
    internal (IReadOnlyList<(TimeSpan Length, TimeSpan At)> Longest, int Count) Gaps(long from, long to)
    {
        lock (_lock)
        {
            long[] within = [.. _served.Where(at => at >= from && at <= to)];
            List<(TimeSpan Length, TimeSpan At)> gaps = new(within.Length + 1);
            long last = from;
            foreach (long at in within.Append(to))
            {
                gaps.Add((Stopwatch.GetElapsedTime(last, at), Stopwatch.GetElapsedTime(from, last)));
                last = at;
            }

            _served.RemoveAll(at => at < from);
            return ([.. gaps.OrderByDescending(static gap => gap.Length).Take(GapsShown)], within.Length);
        }
    }

    private void Ask()
    {
        if (_isEnding)
        {
            if (_open == 0)
                _ended.Set();

            return;
        }

        _open++;
        Submit(_random.Next(keys), Value, options.Deadline, outcome =>
        {
            _open--;
            if (outcome is ClientOutcome.Applied)
            {
                lock (_lock)
                    _served.Add(Stopwatch.GetTimestamp());
            }
            else
            {
                Errors.Add(outcome.ToString());
            }

            Ask();
        });
    }

    private void Submit(int key, JsonText value, TimeSpan deadline, Action<ClientOutcome> then)
    {
        JsonText text = JsonText.Parse(key.ToString(CultureInfo.InvariantCulture));
        KeyCommand command = new(KeyVerb.Write, text, value, default, false);
        cluster.Submit(new ClientRequest.OnKey(command, shard, SessionTag.None), deadline, new Then(then));
    }

    private sealed class Then(Action<ClientOutcome> then) : IOutcomeReceiver
    {
        public void Completed(ClientOutcome outcome) => then(outcome);
    }
}

/// <summary>The load beside the moves: clients, each with one write at a time, and large values that only have to be moved.</summary>
internal sealed record LoadOptions(int Clients, int LargeValues, int LargeBytes, TimeSpan Deadline);
