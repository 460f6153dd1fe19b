namespace OrleansShards.Core.Json;

/// <summary>A member of a JSON object, as slices of its text.</summary>
public readonly struct JsonMember
{
    private readonly int _depth;

    internal JsonMember(ReadOnlyMemory<byte> rawName, ReadOnlyMemory<byte> rawValue, int depth) =>
        (RawName, RawValue, _depth) = (rawName, rawValue, depth);

    /// <summary>The name's text, with its quotes and escapes.</summary>
    public ReadOnlyMemory<byte> RawName { get; }

    /// <summary>The value's text, without surrounding white space. May be nested deeper than a <see cref="JsonText"/>.</summary>
    public ReadOnlyMemory<byte> RawValue { get; }

    /// <summary>The name as a key: the JSON string, escapes resolved.</summary>
    public KeyText Key => KeyText.From(JsonText.Trusted(RawName));

    /// <summary>Whether the name, escapes resolved, is <paramref name="name"/>: UTF-8 without quotes that needs no escapes.</summary>
    public bool NameIs(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> raw = RawName.Span;
        if (raw.Length == name.Length + 2)
            return raw[1..^1].SequenceEqual(name);

        // A name with escapes is longer than what it stands for.
        return raw.Length > name.Length + 2 && raw.Contains((byte)'\\') && Key.Canonical.Span[1..^1].SequenceEqual(name);
    }

    /// <summary>The value, sharing the text's memory; false if it is nested deeper than <see cref="JsonLimits.DepthMax"/>.</summary>
    public bool TryValue(out JsonText value, out string error)
    {
        bool good = _depth <= JsonLimits.DepthMax;
        value = good ? JsonText.Trusted(RawValue) : default;
        error = good ? "" : $"a value is nested deeper than {JsonLimits.DepthMax} levels";
        return good;
    }
}
