using System.Buffers;
using System.Runtime.CompilerServices;

namespace OrleansShards.Core.Json;

/// <summary>
/// The tokens of RFC 8259, strictly. Each method starts at <c>at</c> and moves it past the token; on an error it
/// answers false with <c>at</c> on the offending byte and a text that says what was expected.
/// </summary>
internal static class JsonTokens
{
    private const int ShortString = 24;

    // A string's plain bytes are everything but the quote, the backslash and the control characters.
    private static readonly SearchValues<byte> StringStops = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static code => (byte)code), (byte)'"', (byte)'\\']);

    /// <summary>The first byte from <paramref name="at"/> on that is not white space; else the length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // There is hardly ever any: the look at one byte must be cheap.
    internal static int SkipSpace(ReadOnlySpan<byte> text, int at) =>
        (uint)at < (uint)text.Length && text[at] > ' ' ? at : SkipSpaces(text, at);

    private static int SkipSpaces(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    internal static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => IsTrimmed(text) ? text : text.Trim(" \n\r\t"u8);

    internal static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> text) =>
        IsTrimmed(text.Span) ? text : text.Trim(" \n\r\t"u8);

    private static bool IsTrimmed(ReadOnlySpan<byte> text) => text.Length > 0 && text[0] > ' ' && text[^1] > ' ';

    /// <summary>Passes a string that opens at <paramref name="at"/>; tells whether it has escapes.</summary>
    internal static bool TryString(ReadOnlySpan<byte> text, ref int at, out bool escaped, out string error)
    {
        int opened = at++;
        escaped = false;
        error = "";
        while (true)
        {
            at = StringStop(text, at);
            if (at == text.Length)
            {
                error = $"the text ends inside the string that opens at byte {opened}";
                return false;
            }

            switch (text[at])
            {
                case (byte)'"':
                    at++;
                    return true;
                case (byte)'\\' when TryEscape(text, ref at):
                    escaped = true;
                    break;
                case (byte)'\\':
                    error = "bad escape: expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t, or \\u and four hex digits";
                    return false;
                default:
                    error = $"control character 0x{text[at]:X2} in a string: it must be escaped";
                    return false;
            }
        }
    }

    /// <summary>Passes a number: no leading zeros, no plus sign, digits on both sides of a point.</summary>
    internal static bool TryNumber(ReadOnlySpan<byte> text, ref int at, out string error)
    {
        error = "";
        at += text[at] == '-' ? 1 : 0;
        bool good = at < text.Length && text[at] == '0' ? ++at > 0 : TryDigits(text, ref at);
        if (good && at < text.Length && text[at] == '.')
        {
            at++;
            good = TryDigits(text, ref at);
        }

        if (good && at < text.Length && text[at] is (byte)'e' or (byte)'E')
        {
            at++;
            at += at < text.Length && text[at] is (byte)'+' or (byte)'-' ? 1 : 0;
            good = TryDigits(text, ref at);
        }

        error = good ? "" : "bad number: expected a digit";
        return good;
    }

    /// <summary>Passes <c>true</c>, <c>false</c> or <c>null</c>.</summary>
    internal static bool TryLiteral(ReadOnlySpan<byte> text, ref int at, out string error)
    {
        ReadOnlySpan<byte> word = text[at] switch { (byte)'t' => "true"u8, (byte)'f' => "false"u8, _ => "null"u8 };
        bool good = text[at..].StartsWith(word);
        at += good ? word.Length : 0;
        error = good ? "" : "expected a value";
        return good;
    }

    /// <summary>
    /// Where the plain bytes of a string end; the length if they do not. Names and most values are so short that a
    /// loop is done before a vectorised search has begun, so that one takes over only then.
    /// </summary>
    internal static int StringStop(ReadOnlySpan<byte> text, int at)
    {
        int near = Math.Min(text.Length, at + ShortString);
        while (at < near)
        {
            if (text[at] is < 0x20 or (byte)'"' or (byte)'\\')
            {
                return at;
            }

            at++;
        }

        int run = text[at..].IndexOfAny(StringStops);
        return run < 0 ? text.Length : at + run;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, ref int at)
    {
        int first = at;
        while (at < text.Length && char.IsAsciiDigit((char)text[at]))
        {
            at++;
        }

        return at > first;
    }

    private static bool TryEscape(ReadOnlySpan<byte> text, ref int at)
    {
        if (at + 1 < text.Length && "\"\\/bfnrt"u8.Contains(text[at + 1]))
        {
            at += 2;
            return true;
        }

        bool good = at + 5 < text.Length && text[at + 1] == 'u' && IsHex(text.Slice(at + 2, 4));
        at += good ? 6 : 0;
        return good;
    }

    private static bool IsHex(ReadOnlySpan<byte> digits)
    {
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }
        }

        return true;
    }
}
