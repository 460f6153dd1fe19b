namespace OrleansShards.CommandLine;

/// <summary>Suggests known names for a mistyped one.</summary>
public static class Nearest
{
    private const int NamesMax = 5;

    /// <summary>The end of an error text: <c>; did you mean NAMES?</c>, nearest first; else <paramref name="otherwise"/>.</summary>
    public static string Hint(string name, IEnumerable<string> names, string otherwise)
    {
        string near = string.Join(" or ", names
            .Select(known => (Name: known, Distance: known.Contains(name, StringComparison.Ordinal) ? 1 : Distance(name, known)))
            .Where(known => known.Distance <= Math.Max(2, name.Length / 3))
            .OrderBy(static known => known.Distance)
            .ThenBy(static known => known.Name, StringComparer.Ordinal)
            .Take(NamesMax)
            .Select(static known => known.Name));
        return near.Length > 0 ? $"; did you mean {near}?" : otherwise;
    }

    /// <summary>The Levenshtein distance.</summary>
    private static int Distance(string left, string right)
    {
        int[] before = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int[] row = new int[right.Length + 1];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int changed = before[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                row[j] = Math.Min(changed, Math.Min(before[j], row[j - 1]) + 1);
            }

            before = row;
        }

        return before[^1];
    }
}
