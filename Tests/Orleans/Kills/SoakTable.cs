using System.Globalization;
using System.Text;

namespace OrleansShards.Tests.Orleans.Kills;

/// <summary>Something that is read again and again through a run, and may not grow with it.</summary>
/// <param name="Name">What it is, and of whom.</param>
/// <param name="Factor">By what factor it may be higher at the end than at the start.</param>
/// <param name="Slack">And by how much besides, in its own unit.</param>
internal sealed record SoakQuantity(string Name, double Factor, double Slack);

/// <summary>
/// What a process or a store holds at the end of a long run beside what it held at the start. The start is the second tenth of the time,
/// when all has been used once; the end is the last tenth. Of each the median counts: one collection more or less is no leak.
/// </summary>
internal sealed class SoakTable
{
    private readonly Dictionary<SoakQuantity, List<(TimeSpan At, double Value)>> _readings = [];

    internal void Add(SoakQuantity quantity, TimeSpan at, double value)
    {
        if (!_readings.TryGetValue(quantity, out List<(TimeSpan, double)>? all))
            _readings.Add(quantity, all = []);

        all.Add((at, value));
    }

    /// <summary>What is higher at the end than it may be.</summary>
    /// <param name="length">How long the run was.</param>
    internal IReadOnlyList<string> Problems(TimeSpan length) =>
    [
        .. from one in Rows(length)
        where one.End > Limit(one.Quantity, one.Start)
        select string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Quantity.Name} is {one.End:0.#} at the end and was {one.Start:0.#}; "
            + $"expected {Limit(one.Quantity, one.Start):0.#} at most"),
    ];

    /// <summary>The table.</summary>
    /// <param name="length">How long the run was.</param>
    internal string Text(TimeSpan length)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"",-34} {"start",9} {"end",9} {"highest",9} {"may be",9}");
        foreach ((SoakQuantity quantity, double start, double end, double highest) in Rows(length))
        {
            double limit = Limit(quantity, start);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{quantity.Name,-34} {start,9:0.#} {end,9:0.#} {highest,9:0.#} {limit,9:0.#}  {(end > limit ? "GREW" : "as before")}");
        }

        return text.ToString();
    }

    private static double Limit(SoakQuantity quantity, double start) => (start * quantity.Factor) + quantity.Slack;

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }

    private IEnumerable<(SoakQuantity Quantity, double Start, double End, double Highest)> Rows(TimeSpan length) =>
        from one in _readings
        let start = one.Value.Where(reading => reading.At >= length / 10 && reading.At < length / 5)
        let end = one.Value.Where(reading => reading.At >= length * 9 / 10)
        select (one.Key, Median(start.Select(Value)), Median(end.Select(Value)), one.Value.Max(Value));

    private static double Value((TimeSpan At, double Value) reading) => reading.Value;
}
