using System.Globalization;

namespace OrleansShards.Cli.Output;

/// <summary>Numbers as people read them. What is not known is a dash.</summary>
internal static class Words
{
    internal const string Unknown = "-";

    internal static string Number(long? number) => number?.ToString("#,0", CultureInfo.InvariantCulture) ?? Unknown;

    internal static string Number(ulong? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>Bytes, in the unit that leaves a number below 1,000.</summary>
    internal static string Bytes(double? bytes)
    {
        if (bytes is not { } left)
            return Unknown;

        string[] units = ["B", "kB", "MB", "GB", "TB"];
        int unit = 0;
        while (left >= 999.5 && unit < units.Length - 1)
            (left, unit) = (left / 1000, unit + 1);

        return string.Create(CultureInfo.InvariantCulture, $"{Short(left, unit == 0)} {units[unit]}");
    }

    internal static string Rate(double? bytesPerSecond) => bytesPerSecond is null ? Unknown : $"{Bytes(bytesPerSecond)}/s";

    /// <summary>A time that something takes.</summary>
    internal static string Ms(double? ms) => ms switch
    {
        null => Unknown,
        < 9.95 and { } few => string.Create(CultureInfo.InvariantCulture, $"{few:0.##} ms"),
        < 999.5 and { } some => string.Create(CultureInfo.InvariantCulture, $"{some:0} ms"),
        < 99_950 and { } seconds => string.Create(CultureInfo.InvariantCulture, $"{seconds / 1000:0.0} s"),
        < 5_970_000 and { } minutes => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60_000:0} min"),
        { } hours => string.Create(CultureInfo.InvariantCulture, $"{hours / 3_600_000:0.0} h"),
    };

    /// <summary>A time of day by the silo's clock, in UTC.</summary>
    internal static string At(DateTimeOffset? at) =>
        at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? Unknown;

    internal static string Names(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } all ? all : Unknown;

    /// <summary>Numbers, with runs of them joined: <c>0-3, 7</c>.</summary>
    internal static string Ranges(IEnumerable<int> numbers)
    {
        List<(int First, int Last)> runs = [];
        foreach (int number in numbers.Order())
        {
            if (runs.Count > 0 && runs[^1].Last == number - 1)
                runs[^1] = (runs[^1].First, number);
            else
                runs.Add((number, number));
        }

        return Names(runs.Select(static run => string.Create(
            CultureInfo.InvariantCulture, $"{run.First}{(run.Last > run.First ? $"-{run.Last}" : "")}")));
    }

    private static string Short(double number, bool isWhole) =>
        number.ToString(isWhole || number >= 99.95 ? "0" : "0.0", CultureInfo.InvariantCulture);
}
