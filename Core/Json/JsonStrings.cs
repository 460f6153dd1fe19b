using System.Globalization;
using System.Text;

namespace OrleansShards.Core.Json;

/// <summary>
/// Strings by their content. The canonical form escapes what must be escaped, as RFC 8785 does: the quote, the backslash
/// and control characters, with short escapes where there are any. Everything else is UTF-8. A lone surrogate has no
/// UTF-8: it stays an escape, in lower case, and so equals only itself. No Unicode normalisation: é as one character
/// and as two are different strings.
/// </summary>
/// <remarks>Expects the text of a checked string, quotes included.</remarks>
internal static class JsonStrings
{
    internal static void WriteCanonical(ReadOnlySpan<byte> quoted, ref PooledList<byte> output)
    {
        int at = 0;
        while (at < quoted.Length)
        {
            int run = quoted[at..].IndexOf((byte)'\\');
            if (run < 0)
            {
                output.Append(quoted[at..]);
                return;
            }

            output.Append(quoted.Slice(at, run));
            at += run;
            char unit = Unescape(quoted, ref at);
            if (char.IsHighSurrogate(unit) && PeekLow(quoted, at, out char low))
            {
                at += 6;
                WriteRune(new Rune(unit, low), ref output);
            }
            else
            {
                WriteUnit(unit, ref output);
            }
        }
    }

    /// <summary>The content as UTF-16; a lone surrogate stays one.</summary>
    internal static string Content(ReadOnlySpan<byte> quoted)
    {
        ReadOnlySpan<byte> inner = quoted[1..^1];
        if (!inner.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(inner);

        var content = new StringBuilder(inner.Length);
        while (!inner.IsEmpty)
        {
            int run = inner.IndexOf((byte)'\\');
            run = run < 0 ? inner.Length : run;
            content.Append(Encoding.UTF8.GetString(inner[..run]));
            int at = run;
            if (at < inner.Length)
                content.Append(Unescape(inner, ref at));

            inner = inner[at..];
        }

        return content.ToString();
    }

    private static bool PeekLow(ReadOnlySpan<byte> text, int at, out char low)
    {
        low = text[at] == '\\' && text[at + 1] == 'u' ? Unescape(text, ref at) : default;
        return char.IsLowSurrogate(low);
    }

    private static char Unescape(ReadOnlySpan<byte> text, ref int at)
    {
        byte kind = text[at + 1];
        at += kind == 'u' ? 6 : 2;
        return kind switch
        {
            (byte)'u' => (char)ushort.Parse(text.Slice(at - 4, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            _ => (char)kind,
        };
    }

    private static void WriteUnit(char unit, ref PooledList<byte> output)
    {
        if (unit < 0x20 || unit is '"' or '\\' || char.IsSurrogate(unit))
            JsonEscape.Write(unit, ref output);
        else
            WriteRune(new Rune(unit), ref output);
    }

    private static void WriteRune(Rune rune, ref PooledList<byte> output) =>
        rune.EncodeToUtf8(output.Extend(rune.Utf8SequenceLength));
}

/// <summary>The one escaped spelling of a character that must be escaped.</summary>
internal static class JsonEscape
{
    /// <summary>Longest escape in bytes: <c>\u001f</c>.</summary>
    internal const int BytesMax = 6;

    internal static void Write(char unit, ref PooledList<byte> output)
    {
        Span<byte> escape = stackalloc byte[BytesMax];
        output.Append(escape[..Write(unit, escape)]);
    }

    /// <summary>Writes the escape of <paramref name="unit"/> and returns its length in bytes.</summary>
    internal static int Write(char unit, Span<byte> output)
    {
        output[0] = (byte)'\\';
        output[1] = unit switch
        {
            '\b' => (byte)'b',
            '\f' => (byte)'f',
            '\n' => (byte)'n',
            '\r' => (byte)'r',
            '\t' => (byte)'t',
            '"' or '\\' => (byte)unit,
            _ => (byte)'u',
        };
        if (output[1] != 'u')
            return 2;

        for (int digit = 0; digit < 4; digit++)
            output[2 + digit] = "0123456789abcdef"u8[(unit >> (12 - (4 * digit))) & 0xF];

        return BytesMax;
    }
}
