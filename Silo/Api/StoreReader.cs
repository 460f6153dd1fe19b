using System.Diagnostics;
using OrleansShards.Core;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Grains.Storage;
using OrleansShards.Silo.Cli;
using OrleansShards.Storage;

namespace OrleansShards.Silo.Api;

/// <summary>This silo's store: asked for a read, one at a time however many visitors there are.</summary>
internal sealed class StoreReader(ILogStoreSource stores, StoreWatch watch, SiloSettings settings, TimeProvider clock)
{
    // A log that no node has.
    private static readonly LogName Asked = new("probe");

    private readonly Lock _gate = new();
    private Task<TimeSpan>? _reading;

    internal async Task<StoreView> ReadAsync(CancellationToken stop)
    {
        Task<TimeSpan> reading;
        lock (_gate)
            reading = _reading = _reading is null or { IsCompleted: true } ? Task.Run(ProbeAsync, CancellationToken.None) : _reading;

        double? readMs = null;
        string? trouble = null;
        try
        {
            readMs = Math.Round((await reading.WaitAsync(ClusterReader.PartLimit, clock, stop)).TotalMilliseconds, 3);
        }
        catch (TimeoutException)
        {
            trouble = $"the store has not answered within {ClusterReader.PartLimit.TotalMilliseconds:0} ms";
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            trouble = $"the store cannot be read: {failure.Message}";
        }

        trouble ??= watch.WriteTrouble;
        return new StoreView(Kind, settings.LogsPlace, trouble is null, readMs, trouble, watch.Last is { } last
            ? new StoreFailureView(last.Requests, last.Reason, last.At)
            : null);
    }

    private string Kind => settings.Kind switch
    {
        ClusterKind.Local => "sqlite",
        ClusterKind.Directory => "directory",
        ClusterKind.Postgres => "postgres",
    };

    private async Task<TimeSpan> ProbeAsync()
    {
        ILogStore store = await stores.OpenAsync();
        long startedAt = Stopwatch.GetTimestamp();
        await store.ProbeAsync(Asked, new LogIndex(1));
        return Stopwatch.GetElapsedTime(startedAt);
    }
}
