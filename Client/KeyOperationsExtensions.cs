using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>
/// The operations of a client or a session (<see cref="IKeyOperations"/>) on keys that are names, with .NET values. The key
/// is the name's JSON string; <see cref="KeyResult.Found.ValueAs{T}(JsonSerializerOptions)"/> reads a value.
/// </summary>
/// <remarks>
/// A value that is a <see cref="JsonText"/> is stored unchanged. Another value is written as <c>json</c> says:
/// <see cref="JsonSerializerOptions"/> (null for the defaults of System.Text.Json), or a <see cref="JsonTypeInfo{T}"/>, which
/// needs no reflection. A key or value that is null is an <see cref="ArgumentNullException"/>: it is more often a mistake than
/// meant. JSON's null is <c>JsonText.Parse("null")</c>.
/// </remarks>
public static class KeyOperationsExtensions
{
    private const string NoValue = "null is no value; expected one, or JsonText.Parse(\"null\") for JSON's null";

    /// <summary>Reads a value.</summary>
    public static Task<KeyResult> GetAsync(
        this IKeyOperations keys, string key, CallOptions? call = null, CancellationToken cancellationToken = default) =>
        keys.GetAsync(Key(key), call, cancellationToken);

    /// <summary>Sets a JSON text unconditionally.</summary>
    [OverloadResolutionPriority(1)] // A text is stored unchanged, not serialized as a .NET value.
    public static Task<KeyResult> PutAsync(
        this IKeyOperations keys, string key, JsonText value, CallOptions? call = null, CancellationToken cancellationToken = default) =>
        keys.PutAsync(Key(key), value, call, cancellationToken);

    /// <summary>Sets a value unconditionally.</summary>
    public static Task<KeyResult> PutAsync<T>(
        this IKeyOperations keys,
        string key,
        T value,
        JsonSerializerOptions? json = null,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) =>
        keys.PutAsync(key, Value(value, json), call, cancellationToken);

    /// <summary>Sets a value unconditionally, without reflection.</summary>
    public static Task<KeyResult> PutAsync<T>(
        this IKeyOperations keys,
        string key,
        T value,
        JsonTypeInfo<T> json,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) =>
        keys.PutAsync(key, Value(value, json), call, cancellationToken);

    /// <summary>Sets a JSON text if the present value is the expected one, compared as JSON values.</summary>
    [OverloadResolutionPriority(1)]
    public static Task<KeyResult> CompareAndSetAsync(
        this IKeyOperations keys,
        string key,
        JsonText expected,
        JsonText value,
        bool createIfAbsent = false,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) =>
        keys.CompareAndSetAsync(Key(key), expected, value, createIfAbsent, call, cancellationToken);

    /// <summary>Sets a value if the present one is the expected one, compared as JSON values.</summary>
    public static Task<KeyResult> CompareAndSetAsync<T>(
        this IKeyOperations keys,
        string key,
        T expected,
        T value,
        bool createIfAbsent = false,
        JsonSerializerOptions? json = null,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) => keys.CompareAndSetAsync(
            key, Value(expected, json), Value(value, json), createIfAbsent, call, cancellationToken);

    /// <summary>Sets a value if the present one is the expected one, without reflection.</summary>
    public static Task<KeyResult> CompareAndSetAsync<T>(
        this IKeyOperations keys,
        string key,
        T expected,
        T value,
        JsonTypeInfo<T> json,
        bool createIfAbsent = false,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) => keys.CompareAndSetAsync(
            key, Value(expected, json), Value(value, json), createIfAbsent, call, cancellationToken);

    /// <summary>Removes a key.</summary>
    public static Task<KeyResult> DeleteAsync(
        this IKeyOperations keys, string key, CallOptions? call = null, CancellationToken cancellationToken = default) =>
        keys.DeleteAsync(Key(key), call, cancellationToken);

    private static JsonText Key(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return JsonValues.Of(key);
    }

    private static JsonText Value<T>(
        T value, JsonSerializerOptions? json, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is null ? throw new ArgumentNullException(name, NoValue) : JsonValues.Of(value, json);

    private static JsonText Value<T>(
        T value, JsonTypeInfo<T> json, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is null ? throw new ArgumentNullException(name, NoValue) : JsonValues.Of(value, json);
}
