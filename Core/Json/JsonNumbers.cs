using System.Buffers.Text;

namespace OrleansShards.Core.Json;

/// <summary>
/// Numbers by exact value: the significant digits d (no zero at either end) times ten to the power e, of any length.
/// Neither <c>double</c> nor <c>decimal</c> can hold it, and 1e999999999 is too long to write out. The canonical form is 0
/// for zero; plain notation if |e| ≤ 40, so that usual numbers are canonical already (1200, −0.05); otherwise d, the
/// letter e, the exponent.
/// </summary>
/// <remarks>Expects the text of a checked number.</remarks>
internal static class JsonNumbers
{
    // Covers every decimal and 128-bit integer, and bounds the growth of short inputs.
    private const int PlainExponentMax = 40;

    // An exponent of up to 18 digits fits a long, with room for the digit count that is added to it.
    private const int LongDigitsMax = 18;

    /// <summary>True if the text is canonical; notation with an exponent always answers false.</summary>
    internal static bool IsCanonical(ReadOnlySpan<byte> number)
    {
        if (number.IndexOfAny((byte)'e', (byte)'E') >= 0)
            return false;

        int point = number.IndexOf((byte)'.');
        if (point >= 0)
            return number[^1] != '0' && number.Length - point - 1 <= PlainExponentMax;

        bool longEnough = number.Length > PlainExponentMax;
        return !number.SequenceEqual("-0"u8)
            && !(longEnough && number.Length - number.TrimEnd((byte)'0').Length > PlainExponentMax);
    }

    internal static void WriteCanonical(ReadOnlySpan<byte> number, ref PooledList<byte> output)
    {
        if (IsCanonical(number))
        {
            output.Append(number);
            return;
        }

        bool negative = number[0] == '-';
        Split(negative ? number[1..] : number, out var whole, out var fraction, out var exponent);
        int start = output.Count + (negative ? 1 : 0);
        output.Append(number[..(negative ? 1 : 0)]);
        output.Append(whole);
        output.Append(fraction);
        ReadOnlySpan<byte> significant = output.Items[start..].TrimEnd((byte)'0');
        int shift = whole.Length - significant.Length;
        significant = significant.TrimStart((byte)'0');
        if (significant.IsEmpty)
        {
            output.Truncate(start - (negative ? 1 : 0));
            output.Append((byte)'0');
            return;
        }

        significant.CopyTo(output.Items[start..]);
        output.Truncate(start + significant.Length);
        Scale(exponent, shift, start, ref output);
    }

    private static void Split(
        ReadOnlySpan<byte> number, out ReadOnlySpan<byte> whole, out ReadOnlySpan<byte> fraction, out ReadOnlySpan<byte> exponent)
    {
        int letter = number.IndexOfAny((byte)'e', (byte)'E');
        exponent = letter < 0 ? default : number[(letter + 1)..];
        whole = letter < 0 ? number : number[..letter];
        int point = whole.IndexOf((byte)'.');
        fraction = point < 0 ? default : whole[(point + 1)..];
        whole = point < 0 ? whole : whole[..point];
    }

    /// <summary>Scales the digits from <paramref name="start"/> on by ten to the power of exponent + shift.</summary>
    private static void Scale(ReadOnlySpan<byte> exponent, int shift, int start, ref PooledList<byte> output)
    {
        bool negative = !exponent.IsEmpty && exponent[0] == '-';
        ReadOnlySpan<byte> digits = exponent.TrimStart("+-"u8).TrimStart((byte)'0');
        if (digits.Length > LongDigitsMax)
        {
            output.Append(negative ? "e-"u8 : "e"u8);
            AppendSum(digits, negative ? -shift : shift, ref output);
            return;
        }

        long magnitude = Utf8Parser.TryParse(digits, out long parsed, out _) ? parsed : 0;
        long power = (negative ? -magnitude : magnitude) + shift;
        if (Math.Abs(power) <= PlainExponentMax)
        {
            Place((int)power, start, ref output);
            return;
        }

        output.Append((byte)'e');
        Span<byte> room = output.Extend(LongDigitsMax + 2);
        Utf8Formatter.TryFormat(power, room, out int written);
        output.Truncate(output.Count - room.Length + written);
    }

    /// <summary>Plain notation: zeros after the digits, or a point among or before them.</summary>
    private static void Place(int power, int start, ref PooledList<byte> output)
    {
        int digits = output.Count - start;
        int before = Math.Max(digits + power, 1);
        int padding = before - (digits + power);
        if (power >= 0)
        {
            output.Extend(power).Fill((byte)'0');
            return;
        }

        // With fewer digits than places, zeros come first: 5 with power −2 is 0.05.
        output.Extend(padding + 1);
        Span<byte> placed = output.Items[start..];
        placed[..digits].CopyTo(placed[padding..]);
        placed[..padding].Fill((byte)'0');
        placed[before..^1].CopyTo(placed[(before + 1)..]);
        placed[before] = (byte)'.';
    }

    /// <summary>Adds a small number to one of more than 18 digits, digit by digit. The sign cannot change.</summary>
    private static void AppendSum(ReadOnlySpan<byte> digits, long addend, ref PooledList<byte> output)
    {
        int start = output.Count;
        output.Append((byte)'0');
        output.Append(digits);
        Span<byte> sum = output.Items[start..];
        for (int at = sum.Length - 1; addend != 0; at--)
        {
            long value = sum[at] - '0' + addend;
            addend = (value / 10) - (value % 10 < 0 ? 1 : 0);
            sum[at] = (byte)('0' + (value - (addend * 10)));
        }

        ReadOnlySpan<byte> trimmed = sum.TrimStart((byte)'0');
        trimmed.CopyTo(sum);
        output.Truncate(start + trimmed.Length);
    }
}
