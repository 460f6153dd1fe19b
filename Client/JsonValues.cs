using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>Makes JSON texts of .NET values.</summary>
public static class JsonValues
{
    /// <summary>A value's text.</summary>
    /// <param name="value">The value.</param>
    /// <param name="json">How to write it; null for System.Text.Json's defaults.</param>
    /// <exception cref="ArgumentException">What was written cannot be stored: too deep, or a name twice.</exception>
    public static JsonText Of<T>(T value, JsonSerializerOptions? json = null) =>
        Wrap(JsonSerializer.SerializeToUtf8Bytes(value, json));

    /// <summary>A value's text, without reflection.</summary>
    /// <param name="value">The value.</param>
    /// <param name="json">How to write it.</param>
    /// <exception cref="ArgumentException">What was written cannot be stored: too deep, or a name twice.</exception>
    public static JsonText Of<T>(T value, JsonTypeInfo<T> json) => Wrap(JsonSerializer.SerializeToUtf8Bytes(value, json));

    /// <summary>The text of bytes that are JSON already; they must not change from then on.</summary>
    /// <param name="utf8">The bytes.</param>
    /// <exception cref="ArgumentException">They are no JSON value; the text says which byte is wrong and why.</exception>
    public static JsonText OfUtf8(ReadOnlyMemory<byte> utf8) => Wrap(utf8);

    private static JsonText Wrap(ReadOnlyMemory<byte> utf8) => JsonText.TryWrap(utf8, out JsonText text, out string error)
        ? text
        : throw new ArgumentException($"not a JSON value that can be stored: {error}");
}
