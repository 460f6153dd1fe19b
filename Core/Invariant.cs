using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace OrleansShards.Core;

/// <summary>
/// Checks that stay on in Release: a node that finds its own state impossible stops, it never goes on guessing.
/// </summary>
public static class Invariant
{
    /// <summary>
    /// Throws <see cref="BrokenInvariantException"/> with <paramref name="text"/> unless <paramref name="holds"/>.
    /// </summary>
    /// <param name="holds">What must be true.</param>
    /// <param name="text">What was found, with the numbers; formatted only when it is needed.</param>
    public static void Check(
        [DoesNotReturnIf(false)] bool holds,
        [InterpolatedStringHandlerArgument(nameof(holds))] ref InvariantText text)
    {
        if (!holds)
        {
            throw new BrokenInvariantException(text.ToString());
        }
    }
}
