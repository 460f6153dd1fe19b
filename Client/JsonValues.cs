using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>Serializes .NET values to JSON texts.</summary>
public static class JsonValues
{
    /// <summary>The JSON text of a value; null options are the defaults of System.Text.Json.</summary>
    /// <exception cref="ArgumentException">The text cannot be stored: it is too deep or has a name twice.</exception>
    public static JsonText Of<T>(T value, JsonSerializerOptions? json = null) =>
        Wrap(JsonSerializer.SerializeToUtf8Bytes(value, json));

    /// <summary>The JSON text of a value, without reflection.</summary>
    /// <exception cref="ArgumentException">The text cannot be stored: it is too deep or has a name twice.</exception>
    public static JsonText Of<T>(T value, JsonTypeInfo<T> json) => Wrap(JsonSerializer.SerializeToUtf8Bytes(value, json));

    /// <summary>Wraps bytes that are JSON already, without a copy; the caller must not change them afterwards.</summary>
    /// <exception cref="ArgumentException">The bytes are not a JSON value; the message says which byte is wrong and why.</exception>
    public static JsonText OfUtf8(ReadOnlyMemory<byte> utf8) => Wrap(utf8);

    private static JsonText Wrap(ReadOnlyMemory<byte> utf8) => JsonText.TryWrap(utf8, out JsonText text, out string error)
        ? text
        : throw new ArgumentException($"not a JSON value that can be stored: {error}");
}
