namespace OrleansShards.CommandLine;

/// <summary>Suggests known names for a mistyped one.</summary>
public static class Nearest
{
    private const int NamesMax = 5;

    /// <summary>
    /// The end of an error text: <c>; did you mean NAMES?</c>, nearest first; else <paramref name="otherwise"/>. What is one change away
    /// from a name is that name mistyped; anything else may also be a part of names: it stands for all that contain it.
    /// </summary>
    public static string Hint(string name, IEnumerable<string> names, string otherwise)
    {
        (string Name, int Distance, bool IsWhole)[] known =
            [.. names.Select(one => (one, Distance(name, one), one.Contains(name, StringComparison.Ordinal)))];
        bool isMistyped = known.Any(static one => one.Distance == 1);
        string near = string.Join(" or ", known
            .Where(one => isMistyped ? one.Distance == 1 : one.IsWhole || one.Distance <= Math.Max(2, name.Length / 3))
            .OrderBy(static one => one.IsWhole ? 1 : one.Distance)
            .ThenBy(static one => one.Distance)
            .ThenBy(static one => one.Name, StringComparer.Ordinal)
            .Take(NamesMax)
            .Select(static one => one.Name));
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
