using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace OrleansShards.Core.Json;

/// <summary>
/// Writes JSON text and its commas. Values that are JSON text are written unchanged. Strings get only the escapes that
/// RFC 8259 requires. The caller is trusted: what it writes must add up to JSON.
/// </summary>
/// <remarks>
/// Why not <c>Utf8JsonWriter</c>: its most relaxed encoder still escapes some of Unicode (emoji, U+2028, U+FFFF), which
/// makes text longer, and it replaces lone surrogates.
/// </remarks>
public ref struct JsonOut(IBufferWriter<byte> output)
{
    // A pair of surrogates, two chars, is four bytes of UTF-8.
    private const int BytesPerCharMax = 3;
    private const int LongBytesMax = 20;

    // Strings up to this length are written at once, with room for the worst case.
    private const int ShortChars = 256;

    private readonly IBufferWriter<byte> _output = output;
    private bool _comma;

    /// <summary>Opens an object.</summary>
    public void BeginObject() => Begin((byte)'{');

    /// <summary>Closes an object.</summary>
    public void EndObject() => End((byte)'}');

    /// <summary>Opens an array.</summary>
    public void BeginArray() => Begin((byte)'[');

    /// <summary>Closes an array.</summary>
    public void EndArray() => End((byte)']');

    /// <summary>Writes a property's name: UTF-8 without quotes that needs no escapes.</summary>
    public void Name(ReadOnlySpan<byte> plain)
    {
        Span<byte> room = _output.GetSpan(plain.Length + 4);
        int at = Separate(room);
        room[at] = (byte)'"';
        plain.CopyTo(room[(at + 1)..]);
        at += plain.Length + 1;
        room[at] = (byte)'"';
        room[at + 1] = (byte)':';
        _output.Advance(at + 2);
        _comma = false;
    }

    /// <summary>Writes a property's name, which may be any text.</summary>
    public void Name(string name)
    {
        WriteString(name);
        Put((byte)':');
        _comma = false;
    }

    /// <summary>Writes a property's name that is JSON text: a string with its quotes.</summary>
    public void RawName(ReadOnlySpan<byte> quoted)
    {
        WriteRaw(quoted);
        Put((byte)':');
        _comma = false;
    }

    /// <summary>Writes a value that is JSON text, unchecked and unchanged.</summary>
    public void WriteRaw(ReadOnlySpan<byte> json)
    {
        Span<byte> room = _output.GetSpan(json.Length + 1);
        int at = Separate(room);
        json.CopyTo(room[at..]);
        _output.Advance(at + json.Length);
    }

    /// <summary>Writes a value unchanged.</summary>
    public void WriteRaw(JsonText json) => WriteRaw(json.Span);

    /// <summary>Writes a number.</summary>
    public void WriteNumber(long number)
    {
        Span<byte> room = _output.GetSpan(LongBytesMax + 1);
        int at = Separate(room);
        Utf8Formatter.TryFormat(number, room[at..], out int written);
        _output.Advance(at + written);
    }

    /// <summary>Writes <c>true</c> or <c>false</c>.</summary>
    public void WriteBoolean(bool value) => WriteRaw(value ? "true"u8 : "false"u8);

    /// <summary>Writes <c>null</c>.</summary>
    public void WriteNull() => WriteRaw("null"u8);

    /// <summary>Writes a string. A lone surrogate is written as an escape.</summary>
    public void WriteString(ReadOnlySpan<char> content)
    {
        if (content.Length > ShortChars || PlainRun(content) < content.Length)
        {
            WriteRuns(content);
            return;
        }

        Span<byte> room = _output.GetSpan((content.Length * BytesPerCharMax) + 3);
        int at = Separate(room);
        room[at++] = (byte)'"';
        at += Encoding.UTF8.GetBytes(content, room[at..]);
        room[at++] = (byte)'"';
        _output.Advance(at);
    }

    private void WriteRuns(ReadOnlySpan<char> content)
    {
        Begin((byte)'"');
        while (!content.IsEmpty)
        {
            ReadOnlySpan<char> plain = content[..PlainRun(content)];
            Span<byte> room = _output.GetSpan(Encoding.UTF8.GetByteCount(plain) + JsonEscape.BytesMax);
            int written = Encoding.UTF8.GetBytes(plain, room);
            content = content[plain.Length..];
            if (!content.IsEmpty)
            {
                written += JsonEscape.Write(content[0], room[written..]);
                content = content[1..];
            }

            _output.Advance(written);
        }

        End((byte)'"');
    }

    private static int PlainRun(ReadOnlySpan<char> content)
    {
        int at = 0;
        while (at < content.Length)
        {
            char unit = content[at];
            if (char.IsHighSurrogate(unit) && at + 1 < content.Length && char.IsLowSurrogate(content[at + 1]))
                at += 2;
            else if (unit < 0x20 || unit is '"' or '\\' || char.IsSurrogate(unit))
                break;
            else
                at++;
        }

        return at;
    }

    private void Begin(byte opening)
    {
        Span<byte> room = _output.GetSpan(2);
        int at = Separate(room);
        room[at] = opening;
        _output.Advance(at + 1);
        _comma = false;
    }

    private void End(byte closing)
    {
        Put(closing);
        _comma = true;
    }

    /// <summary>Writes a comma if one is due and returns where to continue. The next value is due one.</summary>
    private int Separate(Span<byte> room)
    {
        room[0] = (byte)',';
        int at = _comma ? 1 : 0;
        _comma = true;
        return at;
    }

    private readonly void Put(byte single)
    {
        _output.GetSpan(1)[0] = single;
        _output.Advance(1);
    }
}
