using System.Diagnostics;
using System.Text.Json;

namespace OrleansShards.Core.Json;

/// <summary>
/// Says which byte of a text is not JSON, and what was expected there. The library's messages count by line and address
/// programmers; these go to the client that sent the text.
/// </summary>
internal ref struct JsonErrors(ReadOnlySpan<byte> text, int depthMax)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly int _depthMax = depthMax;

    // The open brackets where the reader stopped, and the last token that it read.
    private readonly Stack<JsonTokenType> _open = new();
    private JsonTokenType _last;
    private int _at;

    /// <summary>What is wrong with a text that a reader has refused. Reads it again: errors are rare.</summary>
    internal static string Explain(ReadOnlySpan<byte> text, int depthMax)
    {
        var errors = new JsonErrors(text, depthMax);
        long stoppedInLine = errors.ReadUpToTheError();
        string error = errors.Next(stoppedInLine);
        return $"byte {errors._at}: {error}";
    }

    private readonly bool InObject => _open.TryPeek(out JsonTokenType innermost) && innermost == JsonTokenType.StartObject;

    private readonly bool AtEnd => _at == _text.Length;

    private long ReadUpToTheError()
    {
        Utf8JsonReader reader = JsonTokens.Reader(_text, _depthMax);
        try
        {
            while (reader.Read())
            {
                _last = reader.TokenType;
                _at = (int)reader.BytesConsumed;
                if (_last is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    _open.Push(_last);
                else if (_last is JsonTokenType.EndObject or JsonTokenType.EndArray)
                    _open.Pop();
            }
        }
        catch (JsonException stopped)
        {
            return stopped.BytePositionInLine ?? 0;
        }

        throw new UnreachableException("the text is JSON");
    }

    private string Next(long stoppedInLine)
    {
        SkipSpace();
        bool wantsName = _last == JsonTokenType.StartObject;
        if (_last is not (JsonTokenType.None or JsonTokenType.PropertyName
            or JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            if (AtEnd || _text[_at] != ',' || _open.Count == 0)
                return AfterValue();

            _at++;
            SkipSpace();
            wantsName = InObject;
        }

        return wantsName ? Name() : Value(stoppedInLine);
    }

    private readonly string AfterValue() =>
        _open.Count == 0 ? "expected the end of the text after the value"
        : InObject ? "expected ',' or '}'"
        : "expected ',' or ']'";

    private string Name()
    {
        if (AtEnd || _text[_at] != '"')
            return "expected a property name in quotes";

        string error = String();
        if (error.Length > 0)
            return error;

        SkipSpace();
        return "expected ':'";
    }

    private string Value(long stoppedInLine)
    {
        if (AtEnd)
            return "the text ends where a value was expected";

        switch (_text[_at])
        {
            case (byte)'"':
                return String();
            case (byte)'[' or (byte)'{':
                return $"nested deeper than {_depthMax} levels";
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                // A number has no line ends: where the reader stopped is in the line where the number starts.
                _at = _text[.._at].LastIndexOf((byte)'\n') + 1 + (int)stoppedInLine;
                return char.IsAsciiDigit((char)_text[_at - 1]) ? AfterValue() : "bad number: expected a digit";
            default:
                return "expected a value";
        }
    }

    private string String()
    {
        int opened = _at++;
        while (!AtEnd && _text[_at] != '"')
        {
            int length = _text[_at..] switch
            {
                [< 0x20, ..] => 0,
                [(byte)'\\', (byte)'u', var a, var b, var c, var d, ..] when IsHex(a) && IsHex(b) && IsHex(c) && IsHex(d) => 6,
                [(byte)'\\', var simple, ..] when "\"\\/bfnrt"u8.Contains(simple) => 2,
                [(byte)'\\', ..] => 0,
                _ => 1,
            };
            if (length == 0)
            {
                return _text[_at] == '\\'
                    ? "bad escape: expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t, or \\u and four hex digits"
                    : $"control character 0x{_text[_at]:X2} in a string: it must be escaped";
            }

            _at += length;
        }

        string error = AtEnd ? $"the text ends inside the string that opens at byte {opened}" : "";
        _at += AtEnd ? 0 : 1;
        return error;
    }

    private static bool IsHex(byte digit) => char.IsAsciiHexDigit((char)digit);

    private void SkipSpace()
    {
        while (!AtEnd && JsonText.Space.Contains(_text[_at]))
            _at++;
    }
}
