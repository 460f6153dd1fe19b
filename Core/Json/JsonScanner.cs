using System.Text;
using System.Text.Unicode;

namespace OrleansShards.Core.Json;

/// <summary>
/// Checks that a text is exactly one JSON value by RFC 8259 and by our own limits: valid UTF-8, no comments, no
/// trailing commas, no name twice in one object, no deeper than asked. Recursion is bounded by that depth.
/// </summary>
internal ref struct JsonScanner
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly int _depthMax;
    private int _at;
    private string _error = "";
    private JsonNames _names;

    private JsonScanner(ReadOnlySpan<byte> text, int depthMax)
    {
        _text = text;
        _depthMax = depthMax;
    }

    /// <summary>True if <paramref name="text"/> is one JSON value, white space around it allowed.</summary>
    internal static bool TryCheck(ReadOnlySpan<byte> text, int depthMax, out string error)
    {
        if (!Utf8.IsValid(text))
        {
            error = $"byte {FirstBadByte(text)}: not valid UTF-8";
            return false;
        }

        error = "";
        if (IsBareScalar(text))
        {
            return true;
        }

        var scanner = new JsonScanner(text, depthMax);
        bool good = scanner.Whole();
        error = good ? "" : $"byte {scanner._at}: {scanner._error}";
        scanner._names.Dispose();
        return good;
    }

    // The quick way for what most keys and values are; whatever is not quite that is looked at properly.
    private static bool IsBareScalar(ReadOnlySpan<byte> text)
    {
        int at = 0;
        bool good = JsonText.KindOf(text) switch
        {
            JsonKind.String => JsonTokens.TryString(text, ref at, out _, out _),
            JsonKind.Number when text[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9') =>
                JsonTokens.TryNumber(text, ref at, out _),
            _ => false,
        };
        return good && at == text.Length;
    }

    private bool Whole()
    {
        SkipSpace();
        if (!Value(0))
        {
            return false;
        }

        SkipSpace();
        return _at == _text.Length || Fail("expected the end of the text after the value");
    }

    private bool Value(int depth)
    {
        if (_at == _text.Length)
        {
            return Fail("the text ends where a value was expected");
        }

        return _text[_at] switch
        {
            (byte)'"' => JsonTokens.TryString(_text, ref _at, out _, out _error),
            (byte)'{' => Opens(depth) && Object(depth + 1),
            (byte)'[' => Opens(depth) && Array(depth + 1),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => JsonTokens.TryNumber(_text, ref _at, out _error),
            (byte)'t' or (byte)'f' or (byte)'n' => JsonTokens.TryLiteral(_text, ref _at, out _error),
            _ => Fail("expected a value"),
        };
    }

    private bool Opens(int depth)
    {
        if (depth >= _depthMax)
        {
            return Fail($"nested deeper than {_depthMax} levels");
        }

        _at++;
        SkipSpace();
        return true;
    }

    private bool Array(int depth)
    {
        if (Passes((byte)']'))
        {
            return true;
        }

        while (Value(depth))
        {
            SkipSpace();
            if (Passes((byte)']'))
            {
                return true;
            }

            if (!Passes((byte)','))
            {
                return Fail("expected ',' or ']'");
            }

            SkipSpace();
        }

        return false;
    }

    private bool Object(int depth)
    {
        if (Passes((byte)'}'))
        {
            return true;
        }

        int before = _names.Count;
        while (Name() && Value(depth))
        {
            SkipSpace();
            if (Passes((byte)'}'))
            {
                return Unique(before);
            }

            if (!Passes((byte)','))
            {
                return Fail("expected ',' or '}'");
            }

            SkipSpace();
        }

        return false;
    }

    private bool Name()
    {
        int start = _at;
        if (_at == _text.Length || _text[_at] != '"')
        {
            return Fail("expected a property name in quotes");
        }

        if (!JsonTokens.TryString(_text, ref _at, out bool escaped, out _error))
        {
            return false;
        }

        _names.Add(start, _at - start, escaped);
        SkipSpace();
        if (!Passes((byte)':'))
        {
            return Fail("expected ':'");
        }

        SkipSpace();
        return true;
    }

    private bool Unique(int before)
    {
        int twice = _names.FindDuplicate(_text, before);
        if (twice < 0)
        {
            return true;
        }

        _at = twice;
        return Fail("duplicate key: an object must not have the same name twice");
    }

    private bool Passes(byte expected)
    {
        bool passes = _at < _text.Length && _text[_at] == expected;
        _at += passes ? 1 : 0;
        return passes;
    }

    private void SkipSpace() => _at = JsonTokens.SkipSpace(_text, _at);

    private bool Fail(string error)
    {
        _error = error;
        return false;
    }

    private static int FirstBadByte(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out int consumed) == System.Buffers.OperationStatus.Done)
        {
            at += consumed;
        }

        return at;
    }
}
