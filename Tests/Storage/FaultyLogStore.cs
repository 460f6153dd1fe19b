using System.Collections.Concurrent;
using OrleansShards.Core;
using OrleansShards.Core.Wal;
using OrleansShards.Storage;

namespace OrleansShards.Tests.Storage;

/// <summary>
/// A store that goes wrong when a test says so: lost acknowledgements, refusals, failures, and delays that end by a
/// gate and not by time. What is not asked for passes through. Disposes the store behind it unless told to keep it.
/// </summary>
public sealed class FaultyLogStore(ILogStore inner) : ILogStore
{
    private readonly ConcurrentQueue<(LogName? Log, PutFault Fault)> _puts = new();
    private readonly ConcurrentDictionary<LogStoreCall, ConcurrentQueue<Exception>> _failures = new();
    private readonly ConcurrentDictionary<LogStoreCall, CallGate> _gates = new();
    private readonly ConcurrentQueue<Func<Task>> _late = new();
    private volatile Func<LogName, bool> _isFull = static _ => false;
    private bool _keepInner;

    /// <summary>What it says of itself; it goes on all the same.</summary>
    public string? MustBeReopened { get; set; }

    /// <summary>The next put (of that log) goes wrong in this way. Several are used up in the order they were asked for.</summary>
    public void NextPut(PutFault fault, LogName? log = null) => _puts.Enqueue((log, fault));

    /// <summary>From now on puts of these logs are refused.</summary>
    public void Refuse(Func<LogName, bool> which) => _isFull = which;

    /// <summary>The next call of that kind fails with a <see cref="LogStoreException"/>, and nothing is done. Not for puts.</summary>
    public void NextFails(LogStoreCall call, string text) => NextFails(call, new LogStoreException(text));

    /// <summary>The next call of that kind throws this, and nothing is done. A put, too, though no store may do that.</summary>
    public void NextFails(LogStoreCall call, Exception failure) => _failures.GetOrAdd(call, _ => new()).Enqueue(failure);

    /// <summary>Holds calls of that kind: before they are carried out, or afterwards and before the caller is answered.</summary>
    public CallGate Hold(LogStoreCall call, bool afterTheCall = false) => _gates[call] = new CallGate(afterTheCall);

    /// <summary>Carries out the puts that were to take effect later.</summary>
    public async Task ApplyLateAsync()
    {
        while (_late.TryDequeue(out var put))
            await put();
    }

    /// <summary>Disposing this leaves the store behind it open.</summary>
    public void KeepInner() => _keepInner = true;

    public async ValueTask<(PutOutcome Outcome, string? Reason)> PutAsync(
        LogName log, LogIndex index, ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        if (_isFull(log))
            return (PutOutcome.NotStored, "refused by the test");

        if (!_puts.TryPeek(out var next) || (next.Log is { } only && only != log) || !_puts.TryDequeue(out next))
            return await PassAsync(LogStoreCall.Put, () => inner.PutAsync(log, index, record, cancellationToken));

        switch (next.Fault)
        {
            case PutFault.UnknownApplied:
                await PassAsync(LogStoreCall.Put, () => inner.PutAsync(log, index, record, cancellationToken));
                break;
            case PutFault.UnknownAppliedLater:
                var copy = record.ToArray();
                _late.Enqueue(async () => await inner.PutAsync(log, index, copy, CancellationToken.None));
                break;
            case PutFault.NotStored:
                return (PutOutcome.NotStored, "refused by the test");
            case PutFault.UnknownNotApplied:
                break;
        }

        return (PutOutcome.Unknown, "the test lost the acknowledgement");
    }

    public ValueTask<(IReadOnlyList<StoredRecord> Records, LogIndex CheckpointIndex)> ReadAsync(
        LogName log, LogIndex from, int bytesMax, CancellationToken cancellationToken = default) =>
        PassAsync(LogStoreCall.Read, () => inner.ReadAsync(log, from, bytesMax, cancellationToken));

    public ValueTask<bool> ProbeAsync(LogName log, LogIndex index, CancellationToken cancellationToken = default) =>
        PassAsync(LogStoreCall.Probe, () => inner.ProbeAsync(log, index, cancellationToken));

    public async ValueTask DropAsync(
        LogName log, LogIndex upTo, IReadOnlyList<LogIndex> keep, CancellationToken cancellationToken = default) =>
        await PassAsync(LogStoreCall.Drop, async () =>
        {
            await inner.DropAsync(log, upTo, keep, cancellationToken);
            return true;
        });

    public async ValueTask PutChunkAsync(
        LogName log, CheckpointId checkpoint, int number, ReadOnlyMemory<byte> chunk,
        CancellationToken cancellationToken = default) =>
        await PassAsync(LogStoreCall.PutChunk, async () =>
        {
            await inner.PutChunkAsync(log, checkpoint, number, chunk, cancellationToken);
            return true;
        });

    public ValueTask<bool> PublishAsync(
        LogName log, CheckpointId checkpoint, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken = default) =>
        PassAsync(LogStoreCall.Publish, () => inner.PublishAsync(log, checkpoint, manifest, cancellationToken));

    public ValueTask<ReadOnlyMemory<byte>?> ReadManifestAsync(LogName log, CancellationToken cancellationToken = default) =>
        PassAsync(LogStoreCall.ReadManifest, () => inner.ReadManifestAsync(log, cancellationToken));

    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(
        LogName log, CheckpointId checkpoint, int number, CancellationToken cancellationToken = default) =>
        PassAsync(LogStoreCall.ReadChunk, () => inner.ReadChunkAsync(log, checkpoint, number, cancellationToken));

    public ValueTask<IReadOnlyList<LogName>> ListAsync(CancellationToken cancellationToken = default) =>
        PassAsync(LogStoreCall.List, () => inner.ListAsync(cancellationToken));

    public ValueTask DisposeAsync() => _keepInner ? ValueTask.CompletedTask : inner.DisposeAsync();

    private async ValueTask<T> PassAsync<T>(LogStoreCall call, Func<ValueTask<T>> carryOut)
    {
        var gate = _gates.GetValueOrDefault(call);
        await (gate?.PassAsync(afterTheCall: false) ?? Task.CompletedTask);
        if (_failures.TryGetValue(call, out var failures) && failures.TryDequeue(out var failure))
            throw failure;

        var result = await carryOut();
        await (gate?.PassAsync(afterTheCall: true) ?? Task.CompletedTask);
        return result;
    }
}
