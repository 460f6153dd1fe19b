using System.Collections.Concurrent;
using OrleansShards.Core.Bytes;

namespace OrleansShards.Grains.Storage;

/// <summary>
/// The names of all logs, in a separate state, since a provider cannot list its states. A log is entered once, before its first
/// record is put, so that no log can be missing; a log that was never written stays in the list.
/// </summary>
internal sealed class LogDirectory(ProviderStates states, StateKeys keys) : IDisposable
{
    private const byte Format = 1;
    private readonly ConcurrentDictionary<LogName, bool> _entered = new();

    // Serializes this process's new logs, whose changes would otherwise conflict.
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);

    internal async Task EnterAsync(LogName log)
    {
        if (_entered.ContainsKey(log))
            return;

        await _oneAtATime.WaitAsync();
        try
        {
            await states.ChangeAsync(keys.Directory, before =>
            {
                SortedSet<string> names = Decode(before);
                return names.Add(log.Value) ? Encode(names) : null;
            });
            _entered[log] = true;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    internal async Task<IReadOnlyList<LogName>> ListAsync() =>
        [.. Decode((await states.ReadAsync(keys.Directory)).Bytes).Select(static name => new LogName(name))];

    public void Dispose() => _oneAtATime.Dispose();

    private static byte[] Encode(SortedSet<string> names)
    {
        ByteWriter to = new();
        to.Byte(Format);
        to.VarUInt((ulong)names.Count);
        foreach (string name in names)
            to.Text(name);

        return StateCodec.Seal(to);
    }

    private SortedSet<string> Decode(byte[]? bytes) => bytes is null
        ? new SortedSet<string>(StringComparer.Ordinal)
        : StateCodec.Open(bytes, Format, $"The directory of logs of {states.Description}", Read);

    private static SortedSet<string> Read(ref ByteReader from)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        for (int left = from.Count(); left > 0; left--)
            names.Add(from.Text());

        return names;
    }
}
