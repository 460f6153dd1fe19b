namespace OrleansShards.Simulation.Cli;

/// <summary>Which of the names that there are somebody may have meant.</summary>
internal static class Nearest
{
    private const int Many = 5;

    /// <summary>The names nearest to one that there is not, at most five: the nearest first.</summary>
    internal static IEnumerable<string> Of(string name, IEnumerable<string> names) =>
        names
            .Select(known => (Name: known, Distance: known.Contains(name, StringComparison.Ordinal) ? 1 : Distance(name, known)))
            .Where(known => known.Distance <= Math.Max(3, name.Length / 2))
            .OrderBy(static known => known.Distance)
            .ThenBy(static known => known.Name, StringComparer.Ordinal)
            .Take(Many)
            .Select(static known => known.Name);

    /// <summary>How many letters have to be put, taken or changed.</summary>
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
