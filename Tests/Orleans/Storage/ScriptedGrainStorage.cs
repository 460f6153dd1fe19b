using System.Globalization;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>A provider that is safe unless a test says otherwise, and goes wrong when it says so.</summary>
internal sealed class ScriptedGrainStorage : IGrainStorage
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (object? State, int Version)> _states = new(StringComparer.Ordinal);
    private int _version;

    /// <summary>It looks first and writes later, as a database without a unique index does.</summary>
    internal bool LooksBeforeItWrites { get; init; }

    /// <summary>It takes a write without an ETag for one that may replace anything.</summary>
    internal bool OverwritesWithoutETag { get; init; }

    /// <summary>It creates atomically, but looks at no ETag when it changes.</summary>
    internal bool IgnoresETags { get; init; }

    /// <summary>What is cleared leaves a mark with an ETag, which a creator must name.</summary>
    internal bool KeepsMarks { get; init; }

    /// <summary>What a loser is told; null for what Orleans expects.</summary>
    internal Func<Exception>? LosesWith { get; init; }

    /// <summary>Asked before each write of a key; what it returns is thrown, and nothing is written.</summary>
    internal Func<string, Exception?> BeforeWrite { get; set; } = static _ => null;

    /// <summary>Asked after each write of a key; what it returns is thrown instead of an acknowledgement.</summary>
    internal Func<string, Exception?> AfterWrite { get; set; } = static _ => null;

    /// <summary>Called before each read of a key: what others do just then.</summary>
    internal Action<string> BeforeRead { get; set; } = static _ => { };

    /// <summary>Asked before each clearing of a key.</summary>
    internal Func<string, Exception?> BeforeClear { get; set; } = static _ => null;

    /// <summary>What it has, without marks.</summary>
    internal string[] Keys
    {
        get
        {
            lock (_lock)
                return [.. _states.Where(static state => state.Value.State is not null).Select(static state => state.Key)];
        }
    }

    /// <summary>How often it was read.</summary>
    internal int Reads { get; private set; }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        BeforeRead(KeyOf(grainId));
        lock (_lock)
        {
            Reads++;
            bool isThere = _states.TryGetValue(KeyOf(grainId), out var found);
            grainState.ETag = isThere ? ETag(found.Version) : null;
            grainState.RecordExists = isThere && found.State is not null;
            grainState.State = (T?)found.State;
        }

        return Task.CompletedTask;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string key = KeyOf(grainId);
        Throw(BeforeWrite(key));
        Check(key, grainState.ETag);
        if (LooksBeforeItWrites)
            await Task.Yield();

        lock (_lock)
        {
            if (!LooksBeforeItWrites)
                Check(key, grainState.ETag);

            _states[key] = (grainState.State, ++_version);
            grainState.ETag = ETag(_version);
            grainState.RecordExists = true;
        }

        Throw(AfterWrite(key));
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        string key = KeyOf(grainId);
        Throw(BeforeClear(key));
        lock (_lock)
        {
            Check(key, grainState.ETag);
            if (KeepsMarks)
                _states[key] = (null, ++_version);
            else
                _states.Remove(key);
        }

        return Task.CompletedTask;
    }

    /// <summary>Takes a state away, as a fault of the provider would.</summary>
    internal void Lose(string key)
    {
        lock (_lock)
            Assert.True(_states.Remove(key), $"'{key}' is none of {string.Join(", ", _states.Keys)}");
    }

    private void Check(string key, string? etag)
    {
        lock (_lock)
        {
            string? stored = _states.TryGetValue(key, out var found) ? ETag(found.Version) : null;
            bool isAllowed = stored == etag || (etag is null ? OverwritesWithoutETag : IgnoresETags);
            Throw(isAllowed ? null : LosesWith?.Invoke() ?? new InconsistentStateException("the version is another", stored, etag));
        }
    }

    private static string KeyOf(GrainId grainId) => grainId.Key.ToString()!;

    private static string ETag(int version) => version.ToString(CultureInfo.InvariantCulture);

    private static void Throw(Exception? failure)
    {
        if (failure is not null)
            throw failure;
    }
}
