using System.Text.Json;

namespace OrleansShards.Core.Json;

/// <summary>Reads the members of a JSON object in order, as slices of its text: without copies or a tree.</summary>
/// <remarks>A mutable struct: keep it in a local, pass it by reference. The text must not change meanwhile.</remarks>
public ref struct JsonObjectReader
{
    private readonly ReadOnlyMemory<byte> _text;
    private readonly JsonKind _kind;
    private JsonTokens _tokens;

    private JsonObjectReader(ReadOnlyMemory<byte> text, JsonTokens tokens)
    {
        _text = text;
        _tokens = tokens;
        _kind = _tokens.Read() ? JsonText.KindOf(text.Span[_tokens.Place]) : JsonKind.None;
    }

    /// <summary>Reads the object <paramref name="json"/>, which is valid as a <see cref="JsonText"/>.</summary>
    /// <exception cref="ArgumentException">The value is no object.</exception>
    public JsonObjectReader(JsonText json)
        : this(json.Utf8, JsonTokens.OfChecked(json.Span))
    {
        if (json.Kind != JsonKind.Object)
            throw new ArgumentException($"expected a JSON object, got a value of kind {json.Kind}", nameof(json));
    }

    /// <summary>
    /// Reads unchecked text and checks it while reading: nothing that was read may be used before <see cref="Finish"/> has
    /// returned true. May be a whole message: up to <see cref="JsonLimits.MessageDepthMax"/> levels.
    /// </summary>
    public static JsonObjectReader OfMessage(ReadOnlyMemory<byte> text) =>
        new(text, JsonTokens.Of(text.Span, JsonLimits.MessageDepthMax));

    /// <summary>
    /// Reads the rest of the text. False if it is not one object by the rules of <see cref="JsonText"/>;
    /// <paramref name="error"/> says what is wrong and where.
    /// </summary>
    public bool Finish(out string error)
    {
        while (_tokens.Read()) { }

        error = _tokens.Error.Length > 0 ? _tokens.Error
            : _kind == JsonKind.Object ? ""
            : $"expected a JSON object, got a value of kind {_kind}";
        return error.Length == 0;
    }

    /// <summary>Reads the next member with its value; false after the last, and at an error.</summary>
    public bool Read(out JsonMember member) => ReadName(out member) && ReadValue(ref member);

    /// <summary>
    /// Reads the next member's name, for <see cref="ReadValue"/> or <see cref="TryEnter"/> to continue with its value,
    /// which is skipped if neither is called.
    /// </summary>
    public bool ReadName(out JsonMember member)
    {
        if (_tokens.Type == JsonTokenType.PropertyName && _tokens.Read())
            _tokens.TryPassValue(out _, out _);

        bool good = _kind == JsonKind.Object && _tokens.Read() && _tokens.Type == JsonTokenType.PropertyName;
        member = good ? new JsonMember(_text[_tokens.Place], default, 0) : default;
        return good;
    }

    /// <summary>Reads the value of the name that was read last.</summary>
    public bool ReadValue(ref JsonMember member)
    {
        Range value = default;
        int depth = 0;
        bool good = _tokens.Read() && _tokens.TryPassValue(out value, out depth);
        member = good ? new JsonMember(member.RawName, _text[value], depth) : default;
        return good;
    }

    /// <summary>
    /// Enters the object that is the value of the name that was read last: the next members are its own, and after false
    /// those that follow it. False, with the value skipped, if it is not an object.
    /// </summary>
    public bool TryEnter()
    {
        if (!_tokens.Read() || _tokens.Type == JsonTokenType.StartObject)
            return _tokens.Error.Length == 0;

        _tokens.TryPassValue(out _, out _);
        return false;
    }
}
