using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>
/// What a log costs that is opened again and again. Its term-start records stay (ADR 2 says why); all else has a bound.
/// </summary>
public sealed class LogActivationsTests
{
    private const int Activations = 2_000;
    private const int RecordBytesMax = 100;
    private const int ManifestBytesMax = 200;

    private static readonly LogOptions Options = new() { CheckpointRecords = 64 };

    private readonly ScriptedStore _store = new();
    private int _recordsRead;

    [Fact]
    public void Log_OpenedManyTimesWithoutWrites_GrowsByOneSmallRecordEachAndIsReadFromItsCheckpoint()
    {
        for (ulong run = 1; run <= Activations; run++)
        {
            _recordsRead = 0;
            ReplicaHost host = Activate(run);
            Assert.Equal(LogRole.Leading, host.Replica.Role);
            Assert.InRange(_recordsRead, 0, Options.CheckpointRecords);
        }

        Assert.Equal(Activations, _store.Records.Count);
        Assert.All(_store.Records.Values, static record => Assert.InRange(record.Length, 1, RecordBytesMax));

        // A number takes two bytes from 128 on, and three from 16,384 on.
        Assert.InRange(_store.Manifest!.Value.Length, Activations, ManifestBytesMax + (2 * Activations));
        Assert.Equal(1, _store.Chunks);
    }

    [Fact]
    public void Log_OpenedManyTimesWithWrites_KeepsNoMoreThanItsTermStarts()
    {
        for (ulong run = 1; run <= Activations; run++)
        {
            ReplicaHost host = Activate(run);
            Settle(host, (replica, output) =>
            {
                replica.Propose("x"u8.ToArray(), null, output);
                replica.Flush(default, output);
            });
        }

        Assert.InRange(_store.Records.Count, Activations, Activations + (2 * Options.CheckpointRecords));
    }

    /// <summary>A run that leads, takes a checkpoint where one is due, and is killed.</summary>
    private ReplicaHost Activate(ulong run)
    {
        ReplicaHost host = new("node-of-usual-length", run, Options);
        Settle(host, static (replica, output) => replica.Start(default, output));
        Settle(host, static (replica, output) => replica.Lead(default, output));
        Settle(host, static (replica, output) => replica.Flush(default, output));
        return host;
    }

    private void Settle(ReplicaHost host, Action<LogReplica<string>, LogOutput<string>> step)
    {
        host.Step(step);
        while (host.Pending is [var next, ..])
        {
            host.Pending.RemoveAt(0);
            StoreCompletion completion = _store.Do(next.Request);
            _recordsRead += (completion as StoreCompletion.Read)?.Records.Count ?? 0;
            host.Step((replica, output) => replica.OnCompletion(default, completion, output));
        }
    }
}
