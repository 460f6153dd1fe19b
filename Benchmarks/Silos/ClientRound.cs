using System.Diagnostics;
using System.Globalization;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Benchmarks.Silos;

/// <summary>
/// One round: so many requests under way through one client, each followed by the next as soon as it is answered. All on
/// the client's own thread.
/// </summary>
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

    /// <summary>Runs it, after a third of its time for warming up.</summary>
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

        _latencies.RemoveRange(_counted, _latencies.Count - _counted);
        _latencies.Sort();
        return new RoundResult(_counted / _seconds, At(0.5), At(0.99), At(1));
    }

    public void Dispose() => _ended.Dispose();

    private void Ask()
    {
        Look(Stopwatch.GetElapsedTime(_startedAt));
        if (_phase == Phase.Ended)
        {
            End();
            return;
        }

        _open++;
        KeyCommand command = new(verb, Keys[_random.Next(Keys.Length)], verb == KeyVerb.Write ? Value : default, default, false);
        client.Submit(new ClientRequest.OnKey(command, null, SessionTag.None), Deadline, new Asked(this));
    }

    private void Look(TimeSpan since)
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

    private void End()
    {
        if (_open == 0)
            _ended.Set();
    }

    private void Answered(ClientOutcome outcome, long askedAt)
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

    private double At(double share) =>
        _latencies[Math.Min((int)(_latencies.Count * share), _latencies.Count - 1)] * 1000.0 / Stopwatch.Frequency;

    private enum Phase
    {
        Warming,
        Counting,
        Ended,
    }

    private sealed class Asked(ClientRound round) : IOutcomeReceiver
    {
        private readonly long _askedAt = Stopwatch.GetTimestamp();

        public void Completed(ClientOutcome outcome) => round.Answered(outcome, _askedAt);
    }
}
