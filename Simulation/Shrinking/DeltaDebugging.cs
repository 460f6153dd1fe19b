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
            if (LeaveOut(left, parts, does) is { } smaller)
            {
                left = smaller;
                parts = Math.Max(2, parts - 1);
            }
            else if (parts >= left.Count)
            {
                break;
            }
            else
            {
                parts = Math.Min(left.Count, parts * 2);
            }
        }

        return left;
    }

    private static List<T>? LeaveOut<T>(List<T> all, int parts, Func<List<T>, bool> does)
    {
        for (int part = 0; part < parts; part++)
        {
            int from = (int)((long)all.Count * part / parts);
            int to = (int)((long)all.Count * (part + 1) / parts);
            List<T> rest = [.. all[..from], .. all[to..]];
            if (to > from && rest.Count > 0 && does(rest))
                return rest;
        }

        return null;
    }
}
