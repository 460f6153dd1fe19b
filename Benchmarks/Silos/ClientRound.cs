using System.Diagnostics;
using System.Globalization;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Benchmarks.Silos;

/// <summary>A number of requests under way through one client; each answer sends the next. Runs on the client's thread.</summary>
internal sealed class ClientRound(GrainClusterClient client, KeyVerb verb, int inFlight, TimeSpan duration) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private static readonly JsonText Value = JsonText.Parse($"\"{new string('v', 98)}\"");
    private static readonly JsonText[] Keys =
        [.. Enumerable.Range(0, 1000).Select(static key => JsonText.Parse(key.ToString(CultureInfo.InvariantCulture)))];

    private readonly List<long> _latencies = new(1 << 20);
    private readonly ManualResetEventSlim _ended = new();
    private readonly Random _random = new(20_261_122);
    private Phase _phase = Phase.Warming;
    private long _startedAt;
    private int _open;
    private int _counted;
    private double _seconds;
    private string? _failure;

    /// <summary>Warms up for a third of the duration, then measures.</summary>
    internal RoundResult Run()
    {
        client.Post(() =>
        {
            _startedAt = Stopwatch.GetTimestamp();
            for (int i = 0; i < inFlight; i++)
                Ask();
        });
        _ended.Wait();
        if (_failure is not null)
            throw new InvalidOperationException($"a request was not carried out: {_failure}");

        return RoundResult.Of(_latencies, _counted, _seconds);
    }

    public void Dispose() => _ended.Dispose();

    private void Ask()
    {
        AdvancePhase(Stopwatch.GetElapsedTime(_startedAt));
        if (_phase == Phase.Ended)
        {
            if (_open == 0)
                _ended.Set();

            return;
        }

        _open++;
        KeyCommand command = new(verb, Keys[_random.Next(Keys.Length)], verb == KeyVerb.Write ? Value : default, default, false);
        client.Submit(new ClientRequest.OnKey(command, null, SessionTag.None), Deadline, new Asked(this));
    }

    private void AdvancePhase(TimeSpan since)
    {
        switch (_phase)
        {
            case Phase.Warming when since > duration / 3:
                _phase = Phase.Counting;
                _latencies.Clear();
                _startedAt = Stopwatch.GetTimestamp();
                break;
            case Phase.Counting when since > duration:
                _phase = Phase.Ended;
                _seconds = since.TotalSeconds;
                _counted = _latencies.Count;
                break;
        }
    }

    private void OnAnswered(ClientOutcome outcome, long askedAt)
    {
        _open--;
        _latencies.Add(Stopwatch.GetTimestamp() - askedAt);
        if (outcome is not (ClientOutcome.Applied or ClientOutcome.Rejected { Reply: KeyReply }))
        {
            _failure ??= outcome.ToString();
            _phase = Phase.Ended;
        }

        Ask();
    }

    private enum Phase
    {
        Warming,
        Counting,
        Ended,
    }

    private sealed class Asked(ClientRound round) : IOutcomeReceiver
    {
        private readonly long _askedAt = Stopwatch.GetTimestamp();

        public void Completed(ClientOutcome outcome) => round.OnAnswered(outcome, _askedAt);
    }
}
