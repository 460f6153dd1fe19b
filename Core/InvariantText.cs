using System.Runtime.CompilerServices;

namespace OrleansShards.Core;

/// <summary>
/// The text of a check, built only if the check fails: the hot path pays for a comparison and no more.
/// </summary>
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
