namespace OrleansShards.Simulation.Shrinking;

/// <summary>
/// Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE 2002): reduces many things to
/// few that still have an effect, by leaving out half of them, then quarters, and so on down to single ones.
/// </summary>
internal static class DeltaDebugging
{
    /// <summary>A part, in the same order, that still has the effect; all of them if no smaller part was found.</summary>
    internal static List<T> Reduce<T>(IReadOnlyList<T> all, Func<List<T>, bool> does)
    {
        List<T> left = [.. all];
        if (left.Count == 0 || does([]))
            return [];

        int parts = 2;
        while (left.Count > 1)
        {
            List<T>? smaller = LeaveOut(left, parts, does);
            if (smaller is null && parts >= left.Count)
                break;

            parts = smaller is null ? Math.Min(left.Count, parts * 2) : Math.Max(2, parts - 1);
            left = smaller ?? left;
        }

        return left;
    }

    private static List<T>? LeaveOut<T>(List<T> all, int parts, Func<List<T>, bool> does)
    {
        return Enumerable.Range(0, parts)
            .Select(List<T> (part) => [.. all[..Start(part)], .. all[Start(part + 1)..]])
            .FirstOrDefault(rest => rest.Count > 0 && rest.Count < all.Count && does(rest));

        int Start(int part) => (int)((long)all.Count * part / parts);
    }
}
