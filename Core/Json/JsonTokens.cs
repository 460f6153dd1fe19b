using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace OrleansShards.Core.Json;

/// <summary>
/// <see cref="Utf8JsonReader"/> with further rules: valid UTF-8, no duplicate names in an object, a maximum depth. An
/// error ends the reading as the end of the text does; <see cref="Error"/> describes it.
/// </summary>
/// <remarks>
/// Why not <c>AllowDuplicateProperties</c>: only APIs that build a tree have it, and it throws at a name with a lone
/// surrogate, which is valid here.
/// </remarks>
internal ref struct JsonTokens(ReadOnlySpan<byte> text, int depthMax, bool isChecked)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly int _depthMax = depthMax;
    private readonly bool _isChecked = isChecked;
    private Utf8JsonReader _reader = Reader(text, depthMax);
    private JsonNames _names;

    /// <summary>What is wrong and where, in the text read so far; empty if nothing is.</summary>
    internal string Error { get; private set; } = "";

    internal readonly JsonTokenType Type => _reader.TokenType;

    /// <summary>The token's place; a string's includes its quotes.</summary>
    internal readonly Range Place
    {
        get
        {
            int start = (int)_reader.TokenStartIndex;
            bool quoted = Type is JsonTokenType.PropertyName or JsonTokenType.String;
            return start..(start + _reader.ValueSpan.Length + (quoted ? 2 : 0));
        }
    }

    private readonly bool Opens => Type is JsonTokenType.StartObject or JsonTokenType.StartArray;

    internal static JsonTokens Of(ReadOnlySpan<byte> text, int depthMax)
    {
        JsonTokens tokens = new(text, depthMax, isChecked: false);
        tokens.Error = Utf8.IsValid(text) ? "" : $"byte {FirstBadByte(text)}: not valid UTF-8";
        return tokens;
    }

    internal static JsonTokens OfChecked(ReadOnlySpan<byte> text) => new(text, JsonLimits.MessageDepthMax, isChecked: true);

    internal static Utf8JsonReader Reader(ReadOnlySpan<byte> text, int depthMax) =>
        new(text, new JsonReaderOptions { MaxDepth = depthMax });

    /// <summary>True if <paramref name="text"/> is one JSON value, with or without surrounding white space.</summary>
    internal static bool TryCheck(ReadOnlySpan<byte> text, int depthMax, out string error)
    {
        JsonTokens tokens = Of(text, depthMax);
        while (tokens.Read()) { }

        error = tokens.Error;
        return error.Length == 0;
    }

    /// <summary>Advances to the next token; false at the end and after the first error.</summary>
    internal bool Read()
    {
        if (_isChecked)
            return _reader.Read();

        bool good = Error.Length == 0 && ReadChecking();
        if (!good)
            _names.Dispose();

        return good;
    }

    /// <summary>Reads to the end of the value that the current token begins; false at an error. Returns its place and its depth.</summary>
    internal bool TryPassValue(out Range place, out int depth)
    {
        int start = (int)_reader.TokenStartIndex;
        int outside = _reader.CurrentDepth;
        bool good = true;
        depth = 0;
        if (Opens)
        {
            do
            {
                depth = Math.Max(depth, _reader.CurrentDepth - outside + (Opens ? 1 : 0));
                good = Read();
            }
            while (good && _reader.CurrentDepth > outside);
        }

        place = start..(int)_reader.BytesConsumed;
        return good;
    }

    private bool ReadChecking()
    {
        try
        {
            if (!_reader.Read())
                return false;
        }
        catch (JsonException)
        {
            Error = JsonErrors.Explain(_text, _depthMax);
            return false;
        }

        if (Type == JsonTokenType.PropertyName)
        {
            _names.Add(_reader);
        }
        else if (Type == JsonTokenType.EndObject && _names.Close(_text, _reader.CurrentDepth + 1) is >= 0 and int twice)
        {
            Error = $"byte {twice}: duplicate key: an object must not have the same name twice";
            return false;
        }

        return true;
    }

    private static int FirstBadByte(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out int consumed) == System.Buffers.OperationStatus.Done)
            at += consumed;

        return at;
    }
}
