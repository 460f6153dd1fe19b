using System.Diagnostics;
using System.Globalization;

namespace OrleansShards.Benchmarks.Steady;

/// <summary>A recording in windows of 250 ms: the requests a second that were answered in each, and the longest time without any.</summary>
internal sealed class Timeline
{
    private const double WindowSeconds = 0.25;
    private const int WindowsInRow = 20;

    private readonly long _start;
    private readonly long _end;
    private readonly long[] _answered;
    private readonly double[] _rates;

    internal Timeline(Recording recording)
    {
        (_start, _end) = (recording.Start, recording.End);
        _answered = [.. recording.Answers.Select(static answer => answer.At).Order()];
        long window = (long)(WindowSeconds * Stopwatch.Frequency);

        // The last window is not whole and does not count.
        _rates = new double[Math.Max(1, (_end - _start) / window)];
        foreach (long number in _answered.Select(at => (at - _start) / window).Where(number => number < _rates.Length))
            _rates[number] += 1 / WindowSeconds;
    }

    /// <summary>Rows of five seconds, each window in thousands a second.</summary>
    internal void Print()
    {
        for (int row = 0; row < _rates.Length; row += WindowsInRow)
        {
            IEnumerable<string> windows = _rates.Skip(row).Take(WindowsInRow)
                .Select(static rate => (rate / 1000).ToString("0.0", CultureInfo.InvariantCulture).PadLeft(5));
            Console.WriteLine($"{row * WindowSeconds,6:0} s{string.Concat(windows)}");
        }
    }

    /// <summary>Seconds from the recording's start.</summary>
    internal double At(long moment) => Stopwatch.GetElapsedTime(_start, moment).TotalSeconds;

    internal double RateBetween(long from, long to) =>
        _answered.Count(at => at >= from && at <= to) / Stopwatch.GetElapsedTime(from, to).TotalSeconds;

    /// <summary>The longest time without an answer between two moments, and when it began in seconds from the recording's start.</summary>
    internal (double Ms, double At) LongestGap(long from, long to)
    {
        long last = from;
        (long Length, long At) longest = (0, from);
        foreach (long at in _answered.Where(at => at >= from && at <= to).Append(to))
        {
            if (at - last > longest.Length)
                longest = (at - last, last);

            last = at;
        }

        return (longest.Length * 1000.0 / Stopwatch.Frequency, At(longest.At));
    }

    public override string ToString()
    {
        double median = _rates.Order().ElementAt(_rates.Length / 2);
        double worst = _rates.Min();
        (double gap, double at) = LongestGap(_start, _end);
        return $"median window {median:N0}/s, worst {worst:N0}/s at {Array.IndexOf(_rates, worst) * WindowSeconds:0.00} s, "
            + $"ratio {worst / median:0.00}; longest gap {gap:0} ms at {at:0.00} s";
    }
}
