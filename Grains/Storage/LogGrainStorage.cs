using System.Globalization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>
/// Grain state in a log store: any grain's, beside the logs. Of several who write a state from the same version exactly
/// one wins; a write that was acknowledged is as durable as a record of the store.
/// </summary>
/// <remarks>
/// <para>A state is the newest checkpoint of a log of its own, <c>state/NAME/TYPE/KEY</c>, and its ETag that checkpoint's
/// number: a store publishes a checkpoint only if its number is the highest, in one step. (Records would not do: a number
/// that was dropped is free again, so that a writer with an old ETag could take it.)</para>
/// <para>A cleared state keeps its number, so that an ETag from before is refused for ever; it takes a hundred bytes.
/// Creating and clearing work with the ETag that clearing left, and without one. Clearing without an ETag clears
/// whatever is there.</para>
/// <para>A write whose outcome is not known is read back; where that does not tell, it fails with a
/// <see cref="LogStoreException"/> and may still take effect.</para>
/// </remarks>
/// <param name="source">Where the store comes from; opened with the first call.</param>
/// <param name="serializer">How states are serialized.</param>
/// <param name="activators">How a state that is not there is created.</param>
public sealed class LogGrainStorage(ILogStoreSource source, IGrainStorageSerializer serializer, IActivatorProvider activators)
    : IGrainStorage
{
    /// <summary>The name that our stores' registrations give it.</summary>
    public const string ProviderName = "OrleansShards";

    /// <summary>The store behind it, to be used directly.</summary>
    internal ILogStoreSource Source { get; } = source;

    /// <inheritdoc />
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        StateEnvelope? found = await ReadAsync(await Source.OpenAsync(), LogOf(stateName, grainId));
        grainState.ETag = ETagOf(found);
        grainState.RecordExists = found?.Payload is not null;
        T? state = found?.Payload is { } payload ? serializer.Deserialize<T>(new BinaryData(payload)) : default;
        grainState.State = state ?? Create<T>();
    }

    /// <inheritdoc />
    /// <exception cref="InconsistentStateException">Somebody else has written, cleared or created it.</exception>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        ILogStore store = await Source.OpenAsync();
        LogName log = LogOf(stateName, grainId);
        if (!TryVersion(grainState.ETag, out ulong before))
        {
            StateEnvelope? found = await ReadAsync(store, log);
            if (found?.Payload is not null || !string.IsNullOrEmpty(grainState.ETag))
            {
                throw Inconsistent(log, found, grainState.ETag);
            }

            before = found?.Version ?? 0;
        }

        byte[] payload = serializer.Serialize(grainState.State).ToArray();
        grainState.ETag = await PublishAsync(store, log, new StateEnvelope(before + 1, Guid.NewGuid(), payload), grainState.ETag);
        grainState.RecordExists = true;
    }

    /// <inheritdoc />
    /// <exception cref="InconsistentStateException">Somebody else has written it.</exception>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        ILogStore store = await Source.OpenAsync();
        LogName log = LogOf(stateName, grainId);
        StateEnvelope? found = await ReadAsync(store, log);
        if (!string.IsNullOrEmpty(grainState.ETag) && grainState.ETag != ETagOf(found))
        {
            throw Inconsistent(log, found, grainState.ETag);
        }

        grainState.ETag = found?.Payload is null
            ? ETagOf(found)
            : await PublishAsync(store, log, new StateEnvelope(found.Version + 1, Guid.NewGuid(), null), ETagOf(found));
        grainState.RecordExists = false;
        grainState.State = Create<T>();
    }

    /// <returns>The new ETag.</returns>
    private static async Task<string> PublishAsync(ILogStore store, LogName log, StateEnvelope next, string? before)
    {
        try
        {
            if (await store.PublishAsync(log, new CheckpointId(new LogIndex(next.Version), new Term(0)), next.Encode()))
            {
                return ETagOf(next)!;
            }
        }
        catch (LogStoreException)
        {
            if ((await ReadAsync(store, log))?.Write == next.Write)
            {
                return ETagOf(next)!;
            }

            throw;
        }

        throw Inconsistent(log, await ReadAsync(store, log), before);
    }

    private static async Task<StateEnvelope?> ReadAsync(ILogStore store, LogName log) =>
        await store.ReadManifestAsync(log) is { } bytes ? StateEnvelope.Decode(bytes, $"The grain state {log}") : null;

    /// <summary>'/' parts them, so it is written differently within the first two.</summary>
    private static LogName LogOf(string stateName, GrainId grainId) =>
        new($"state/{Escape(stateName)}/{Escape(grainId.Type.ToString()!)}/{grainId.Key}");

    private static string Escape(string part) =>
        part.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal);

    private static string? ETagOf(StateEnvelope? state) => state?.Version.ToString(CultureInfo.InvariantCulture);

    private static bool TryVersion(string? etag, out ulong version) =>
        ulong.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out version)
        && version is > 0 and < LogStoreArgument.IndexMax;

    private static InconsistentStateException Inconsistent(LogName log, StateEnvelope? found, string? etag) => new(
        $"The grain state {log} has version {ETagOf(found) ?? "none"}; expected {(string.IsNullOrEmpty(etag) ? "none" : $"'{etag}'")}",
        ETagOf(found), etag);

    private T Create<T>() => activators.GetActivator<T>().Create();
}
