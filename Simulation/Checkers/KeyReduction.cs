namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// Takes operations away that cannot be why a history has no linearization: if the history has one, so has what is left.
/// The reason is given once, at <see cref="KeyObservers.IsUnobserved"/>.
/// </summary>
internal static class KeyReduction
{
    /// <summary>
    /// Without the open operations that make no difference. This way round it holds too that what is left has no
    /// linearization if the history has none, as they need never happen; so a search may start from here.
    /// </summary>
    internal static List<KeyStep> WithoutIdle(List<KeyStep> steps, int states) =>
        Without(steps, states, (_, step) => step.IsOpen);

    /// <summary>Without those of the chosen operations that may be taken away, one after the other.</summary>
    internal static List<KeyStep> Without(List<KeyStep> steps, int states, Func<int, KeyStep, bool> isChosen)
    {
        var observers = new KeyObservers(states);
        steps.ForEach(step => observers.Add(step));
        bool[] isGone = new bool[steps.Count];
        // What goes observes no longer, so another may follow it; the latest first undoes a chain in one go.
        for (bool isStill = false; !isStill;)
        {
            isStill = true;
            for (int index = steps.Count - 1; index >= 0; index--)
            {
                if (!isGone[index] && isChosen(index, steps[index]) && TryRemove(observers, steps[index]))
                {
                    isGone[index] = true;
                    isStill = false;
                }
            }
        }

        return [.. steps.Where((_, index) => !isGone[index])];
    }

    /// <summary>
    /// Takes away as much as it can of a history without a linearization, so that there is still none: first in big
    /// pieces, then in smaller ones, until no single operation can go or the checks are used up.
    /// </summary>
    internal static List<KeyStep> Smallest(List<KeyStep> steps, int states, int checksMax, Func<List<KeyStep>, bool> fails)
    {
        for (int piece = steps.Count; piece > 0;)
        {
            int before = steps.Count;
            for (int end = steps.Count; end > 0 && checksMax > 0; end -= piece)
            {
                int from = end - piece;
                int to = end;
                List<KeyStep> fewer = Without(steps, states, (index, _) => index >= from && index < to);
                if (fewer.Count < steps.Count && checksMax-- > 0 && fails(fewer))
                {
                    steps = fewer;
                }
            }

            // A single one that went may have been all that kept another.
            piece = piece > 1 ? piece / 2 : steps.Count < before ? 1 : 0;
        }

        return steps;
    }

    private static bool TryRemove(KeyObservers observers, in KeyStep step)
    {
        observers.Remove(step);
        if (observers.IsUnobserved(step))
        {
            return true;
        }

        observers.Add(step);
        return false;
    }
}
