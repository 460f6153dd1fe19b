using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansShards.Core.Json;

namespace OrleansShards.Client;

/// <summary>
/// Operations on keys that are names, with .NET values. A name is the JSON string of it. Results and failures are those
/// of <see cref="IKeyOperations"/>; values are read by <see cref="KeyResult.Found.ValueAs{T}(JsonSerializerOptions)"/>.
/// </summary>
public static class KeyOperationsExtensions
{
    /// <summary>Reads a value.</summary>
    /// <param name="keys">A client or a session.</param>
    /// <param name="key">The key's name.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static Task<KeyResult> GetAsync(
        this IKeyOperations keys, string key, CallOptions? call = null, CancellationToken cancellationToken = default) =>
        keys.GetAsync(JsonValues.Of(key), call, cancellationToken);

    /// <summary>Sets a value, whatever was there.</summary>
    /// <param name="keys">A client or a session.</param>
    /// <param name="key">The key's name.</param>
    /// <param name="value">The value's JSON text, stored as it is.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    [OverloadResolutionPriority(1)] // A text is stored as it is, and not as a .NET value.
    public static Task<KeyResult> PutAsync(
        this IKeyOperations keys,
        string key,
        JsonText value,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) => keys.PutAsync(JsonValues.Of(key), value, call, cancellationToken);

    /// <summary>Sets a value, whatever was there.</summary>
    /// <param name="keys">A client or a session.</param>
    /// <param name="key">The key's name.</param>
    /// <param name="value">The value.</param>
    /// <param name="json">How to write it; null for System.Text.Json's defaults.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static Task<KeyResult> PutAsync<T>(
        this IKeyOperations keys,
        string key,
        T value,
        JsonSerializerOptions? json = null,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) =>
        keys.PutAsync(key, JsonValues.Of(value, json), call, cancellationToken);

    /// <summary>Sets a value, whatever was there, without reflection.</summary>
    /// <param name="keys">A client or a session.</param>
    /// <param name="key">The key's name.</param>
    /// <param name="value">The value.</param>
    /// <param name="json">How to write it.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static Task<KeyResult> PutAsync<T>(
        this IKeyOperations keys,
        string key,
        T value,
        JsonTypeInfo<T> json,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) =>
        keys.PutAsync(key, JsonValues.Of(value, json), call, cancellationToken);

    /// <summary>Sets a value if the present one is the expected one.</summary>
    /// <param name="keys">A client or a session.</param>
    /// <param name="key">The key's name.</param>
    /// <param name="expected">The expected value's JSON text: what was read before, for instance.</param>
    /// <param name="value">The value's JSON text, stored as it is.</param>
    /// <param name="createIfAbsent">Whether it is set where the key is absent.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    [OverloadResolutionPriority(1)]
    public static Task<KeyResult> CompareAndSetAsync(
        this IKeyOperations keys,
        string key,
        JsonText expected,
        JsonText value,
        bool createIfAbsent = false,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) =>
        keys.CompareAndSetAsync(JsonValues.Of(key), expected, value, createIfAbsent, call, cancellationToken);

    /// <summary>Sets a value if the present one is the expected one, compared as JSON values.</summary>
    /// <param name="keys">A client or a session.</param>
    /// <param name="key">The key's name.</param>
    /// <param name="expected">The expected value.</param>
    /// <param name="value">The value to set.</param>
    /// <param name="createIfAbsent">Whether it is set where the key is absent.</param>
    /// <param name="json">How to write both; null for System.Text.Json's defaults.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static Task<KeyResult> CompareAndSetAsync<T>(
        this IKeyOperations keys,
        string key,
        T expected,
        T value,
        bool createIfAbsent = false,
        JsonSerializerOptions? json = null,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) => keys.CompareAndSetAsync(
            key, JsonValues.Of(expected, json), JsonValues.Of(value, json), createIfAbsent, call, cancellationToken);

    /// <summary>Sets a value if the present one is the expected one, without reflection.</summary>
    /// <param name="keys">A client or a session.</param>
    /// <param name="key">The key's name.</param>
    /// <param name="expected">The expected value.</param>
    /// <param name="value">The value to set.</param>
    /// <param name="json">How to write both.</param>
    /// <param name="createIfAbsent">Whether it is set where the key is absent.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static Task<KeyResult> CompareAndSetAsync<T>(
        this IKeyOperations keys,
        string key,
        T expected,
        T value,
        JsonTypeInfo<T> json,
        bool createIfAbsent = false,
        CallOptions? call = null,
        CancellationToken cancellationToken = default) => keys.CompareAndSetAsync(
            key, JsonValues.Of(expected, json), JsonValues.Of(value, json), createIfAbsent, call, cancellationToken);

    /// <summary>Removes a key.</summary>
    /// <param name="keys">A client or a session.</param>
    /// <param name="key">The key's name.</param>
    /// <param name="call">Options of this call; null for the client's.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static Task<KeyResult> DeleteAsync(
        this IKeyOperations keys, string key, CallOptions? call = null, CancellationToken cancellationToken = default) =>
        keys.DeleteAsync(JsonValues.Of(key), call, cancellationToken);
}
