using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace OrleansShards.Core;

/// <summary>Checks that stay on in Release: a node whose own state is impossible stops.</summary>
public static class Invariant
{
    /// <summary>
    /// Throws <see cref="BrokenInvariantException"/> unless <paramref name="holds"/>. The text says what was found, with the
    /// numbers; it is formatted only then.
    /// </summary>
    public static void Check(
        [DoesNotReturnIf(false)] bool holds,
        [InterpolatedStringHandlerArgument(nameof(holds))] ref InvariantText text)
    {
        if (!holds)
            throw new BrokenInvariantException(text.ToString());
    }
}

/// <summary>A broken invariant: the host stops the node and reports the text.</summary>
public sealed class BrokenInvariantException(string text) : Exception(text);

/// <summary>The text of a check, built only if the check fails: a check that holds costs one comparison.</summary>
[InterpolatedStringHandler]
public ref struct InvariantText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Called by the compiler.</summary>
    public InvariantText(int literalLength, int formattedCount, bool holds, out bool needed)
    {
        needed = !holds;
        _text = needed ? new(literalLength, formattedCount) : default;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <inheritdoc />
    public override string ToString() => _text.ToStringAndClear();
}
