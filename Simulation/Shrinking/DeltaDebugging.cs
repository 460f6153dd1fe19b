namespace OrleansShards.Simulation.Shrinking;

/// <summary>
/// Finds few of many things that together still do it (Zeller and Hildebrandt, "Simplifying and Isolating
/// Failure-Inducing Input", TSE 2002): leaves out half of them, then quarters, and so on down to single ones.
/// </summary>
internal static class DeltaDebugging
{
    /// <summary>A part of the things, in their order, that still does it; all of them where no smaller part was found.</summary>
    /// <param name="all">The things, which together do it.</param>
    /// <param name="does">Whether a part does it.</param>
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
