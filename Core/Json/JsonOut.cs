using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace OrleansShards.Core.Json;

/// <summary>
/// Writes JSON text, values already in text as they are and the commas by itself. Strings get only the escapes that
/// RFC 8259 demands; all else stays UTF-8. It trusts its caller: what is written must add up to JSON.
/// </summary>
/// <remarks>
/// Why not <c>Utf8JsonWriter</c>: its most relaxed encoder still escapes some of Unicode (emoji, U+2028, U+FFFF), so
/// text would grow on its way, and it replaces a lone surrogate by another character.
/// </remarks>
public ref struct JsonOut(IBufferWriter<byte> output)
{
    // A char is at most three bytes of UTF-8; an escape in place of one ASCII character six.
    private const int BytesPerCharMax = 3;
    private const int LongBytesMax = 20;

    private readonly IBufferWriter<byte> _output = output;
    private bool _comma;

    /// <summary>Opens an object.</summary>
    public void BeginObject() => Open((byte)'{');

    /// <summary>Closes an object.</summary>
    public void EndObject() => Close((byte)'}');

    /// <summary>Opens an array.</summary>
    public void BeginArray() => Open((byte)'[');

    /// <summary>Closes an array.</summary>
    public void EndArray() => Close((byte)']');

    /// <summary>Writes a property's name, given as UTF-8 without quotes; it must need no escapes.</summary>
    public void Name(ReadOnlySpan<byte> plain)
    {
        Separate();
        Span<byte> room = _output.GetSpan(plain.Length + 3);
        room[0] = (byte)'"';
        plain.CopyTo(room[1..]);
        room[plain.Length + 1] = (byte)'"';
        room[plain.Length + 2] = (byte)':';
        _output.Advance(plain.Length + 3);
        _comma = false;
    }

    /// <summary>Writes a property's name that may be any text.</summary>
    public void Name(string name)
    {
        WriteString(name);
        Put((byte)':');
        _comma = false;
    }

    /// <summary>Writes a property's name that is JSON text already: a string with its quotes.</summary>
    public void RawName(ReadOnlySpan<byte> quoted)
    {
        WriteRaw(quoted);
        Put((byte)':');
        _comma = false;
    }

    /// <summary>Writes a value that is JSON text already, unchecked and as it is.</summary>
    public void WriteRaw(ReadOnlySpan<byte> json)
    {
        Separate();
        _output.Write(json);
    }

    /// <summary>Writes a value as it came.</summary>
    public void WriteRaw(JsonText json) => WriteRaw(json.Span);

    /// <summary>Writes a number.</summary>
    public void WriteNumber(long number)
    {
        Separate();
        Utf8Formatter.TryFormat(number, _output.GetSpan(LongBytesMax), out int written);
        _output.Advance(written);
    }

    /// <summary>Writes <c>true</c> or <c>false</c>.</summary>
    public void WriteBoolean(bool value) => WriteRaw(value ? "true"u8 : "false"u8);

    /// <summary>Writes <c>null</c>.</summary>
    public void WriteNull() => WriteRaw("null"u8);

    /// <summary>Writes a string. A surrogate without its other half is written as an escape.</summary>
    public void WriteString(ReadOnlySpan<char> content)
    {
        Separate();
        Put((byte)'"');
        while (!content.IsEmpty)
        {
            int run = PlainRun(content);
            Span<byte> room = _output.GetSpan((run * BytesPerCharMax) + JsonEscape.BytesMax);
            int written = Encoding.UTF8.GetBytes(content[..run], room);
            if (run < content.Length)
            {
                written += JsonEscape.Write(content[run++], room[written..]);
            }

            _output.Advance(written);
            content = content[run..];
        }

        Put((byte)'"');
    }

    private static int PlainRun(ReadOnlySpan<char> content)
    {
        int at = 0;
        while (at < content.Length)
        {
            char unit = content[at];
            if (char.IsHighSurrogate(unit) && at + 1 < content.Length && char.IsLowSurrogate(content[at + 1]))
            {
                at += 2;
            }
            else if (unit < 0x20 || unit is '"' or '\\' || char.IsSurrogate(unit))
            {
                break;
            }
            else
            {
                at++;
            }
        }

        return at;
    }

    private void Open(byte bracket)
    {
        Separate();
        Put(bracket);
        _comma = false;
    }

    private void Close(byte bracket)
    {
        Put(bracket);
        _comma = true;
    }

    private void Separate()
    {
        if (_comma)
        {
            Put((byte)',');
        }

        _comma = true;
    }

    private readonly void Put(byte single)
    {
        _output.GetSpan(1)[0] = single;
        _output.Advance(1);
    }
}
