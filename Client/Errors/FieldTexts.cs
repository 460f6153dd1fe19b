using System.Text;
using OrleansShards.Core.Json;

namespace OrleansShards.Client.Errors;

/// <summary>The texts of error 12: a field's name, what came, what was expected.</summary>
internal static class FieldTexts
{
    private const int ExcerptChars = 40;

    internal static string Missing(ReadOnlySpan<byte> name, string expected) =>
        $"the field \"{Encoding.UTF8.GetString(name)}\" is missing; expected {expected}";

    internal static string Wrong(ReadOnlySpan<byte> name, ReadOnlySpan<byte> came, string expected) =>
        $"the field \"{Encoding.UTF8.GetString(name)}\" is {Excerpt(came)}; expected {expected}";

    internal static string TooDeep(ReadOnlySpan<byte> name, string error) =>
        $"the field \"{Encoding.UTF8.GetString(name)}\" is refused: {error}; expected up to {JsonLimits.DepthMax} levels";

    internal static string IntegerUpTo(long max) => max == long.MaxValue ? "an integer, 0 or more" : $"an integer from 0 to {max}";

    /// <summary>The beginning of a text for an error or the log: short, and on one line.</summary>
    internal static string Excerpt(ReadOnlySpan<byte> utf8)
    {
        // Decodes twice as many characters as it shows, at up to four bytes each: cheap however long the text is.
        bool cut = utf8.Length > ExcerptChars * 8;
        string text = Encoding.UTF8.GetString(cut ? utf8[..(ExcerptChars * 8)] : utf8);
        cut |= text.Length > ExcerptChars;
        var shown = new StringBuilder(ExcerptChars + 3);
        foreach (char unit in text.AsSpan(0, Math.Min(text.Length, ExcerptChars)))
            shown.Append(char.IsControl(unit) || char.IsSurrogate(unit) ? '?' : unit);

        return shown.Append(cut ? "..." : "").ToString();
    }
}
