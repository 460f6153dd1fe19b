using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>Goes through the elements of a JSON array that has been checked, as slices of its text.</summary>
internal struct JsonArrayReader
{
    private readonly ReadOnlyMemory<byte> _text;
    private int _at;

    private JsonArrayReader(ReadOnlyMemory<byte> text)
    {
        _text = text;
        _at = 1;
    }

    /// <summary>The element; empty before the first <see cref="Read"/>.</summary>
    internal ReadOnlyMemory<byte> Element { get; private set; }

    internal static bool TryOpen(ReadOnlyMemory<byte> json, out JsonArrayReader reader)
    {
        bool good = JsonText.KindOf(json.Span) == JsonKind.Array;
        reader = good ? new JsonArrayReader(json) : default;
        return good;
    }

    /// <summary>Moves to the next element; false after the last.</summary>
    internal bool Read()
    {
        ReadOnlySpan<byte> text = _text.Span;
        int at = JsonTokens.SkipSpace(text, _at);
        if (text[at] == ']')
        {
            return false;
        }

        at = text[at] == ',' ? JsonTokens.SkipSpace(text, at + 1) : at;
        _at = JsonSkip.Value(text, at);
        Element = _text[at.._at];
        return true;
    }
}
