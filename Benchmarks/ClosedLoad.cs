using System.Diagnostics;

namespace OrleansShards.Benchmarks;

/// <summary>What was answered: when, and how long after it was asked, in ticks of <see cref="Stopwatch"/>.</summary>
internal readonly record struct Answer(long At, long Took);

/// <summary>The answers between two moments, in no order.</summary>
internal sealed record Recording(long Start, long End, List<Answer> Answers)
{
    internal double Seconds => Stopwatch.GetElapsedTime(Start, End).TotalSeconds;
}

/// <summary>
/// A closed loop: a number of requests under way, each of which is followed by the next one when it is answered, on keys drawn
/// at random. Begins at once.
/// </summary>
internal sealed class ClosedLoad : IAsyncDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(0.5);

    // A pair of windows may agree by chance while a process still compiles.
    private const int SteadyWindows = 3;
    private const double SteadyShare = 0.08;

    private readonly Loop[] _loops;
    private readonly Task _ended;
    private volatile bool _isRecording;
    private volatile bool _isEnding;

    /// <param name="ask">Asks for the key of this number, and fails where it was not carried out.</param>
    /// <param name="inFlight">How many requests are under way.</param>
    /// <param name="keys">How many keys there are.</param>
    internal ClosedLoad(Func<int, Task> ask, int inFlight, int keys)
    {
        _loops = [.. Enumerable.Range(0, inFlight).Select(number => new Loop(this, ask, new Random(20_261_122 + number), keys))];
        _ended = Task.WhenAll(_loops.Select(static loop => Task.Run(loop.RunAsync)));
    }

    /// <summary>Asks once for every key from 0 on; returns how many a second that were.</summary>
    internal static async Task<double> FillAsync(Func<int, Task> ask, int inFlight, int keys)
    {
        int next = -1;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var key && key < keys)
                await ask(key);
        })));
        return keys / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// Returns when three successive windows of half a second have had the same rate to a few percent, or after the limit; the rates
    /// of the windows.
    /// </summary>
    internal async Task<IReadOnlyList<double>> WarmAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        List<double> rates = [];
        long start = Stopwatch.GetTimestamp();
        do
        {
            rates.Add(await RateAsync(Window, cancellationToken));
        }
        while (!IsSteady(rates) && Stopwatch.GetElapsedTime(start) < limit);
        return rates;
    }

    /// <summary>The requests a second that are answered from now on for a time.</summary>
    internal async Task<double> RateAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        long before = _loops.Sum(static loop => loop.Count);
        await WaitAsync(Task.Delay(time, cancellationToken));
        return (_loops.Sum(static loop => loop.Count) - before) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>What is answered from now on until something else has ended; the load ends with it.</summary>
    internal async Task<Recording> RecordAsync(Task until)
    {
        long start = Stopwatch.GetTimestamp();
        _isRecording = true;
        await WaitAsync(until);
        long end = Stopwatch.GetTimestamp();
        _isRecording = false;

        // Each loop adds to a list of its own, so the lists are read when the loops have ended.
        await EndAsync();
        List<Answer> answers = new(_loops.Sum(static loop => loop.Answers.Count));
        foreach (Loop loop in _loops)
            answers.AddRange(loop.Answers.Where(answer => answer.At >= start && answer.At <= end));

        return new Recording(start, end, answers);
    }

    public ValueTask DisposeAsync() => new(EndAsync());

    private Task EndAsync()
    {
        _isEnding = true;
        return _ended;
    }

    /// <summary>Ends at once with the failure of a request, if one fails.</summary>
    private async Task WaitAsync(Task until) => await await Task.WhenAny(until, _ended);

    private static bool IsSteady(List<double> rates)
    {
        if (rates.Count < SteadyWindows)
            return false;

        double[] last = [.. rates.TakeLast(SteadyWindows)];
        return last.Max() - last.Min() < SteadyShare * last.Max();
    }

    private sealed class Loop(ClosedLoad load, Func<int, Task> ask, Random random, int keys)
    {
        private long _count;

        internal List<Answer> Answers { get; } = new(1024);

        internal long Count => Volatile.Read(ref _count);

        internal async Task RunAsync()
        {
            try
            {
                while (!load._isEnding)
                {
                    long askedAt = Stopwatch.GetTimestamp();
                    await ask(random.Next(keys));
                    long now = Stopwatch.GetTimestamp();
                    Volatile.Write(ref _count, _count + 1);
                    if (load._isRecording)
                        Answers.Add(new Answer(now, now - askedAt));
                }
            }
            catch
            {
                load._isEnding = true;
                throw;
            }
        }
    }
}
