using OrleansShards.Core;
using OrleansShards.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>A store of our own kinds.</summary>
/// <param name="description">For texts.</param>
/// <param name="open">Opens it.</param>
/// <param name="isOurs">Whether it is closed with the silo.</param>
/// <param name="probe">
/// A log for the probe, which nobody else uses at the same time; the same every time where no other process has the store
/// open. Null where the store tries as much itself when it is opened.
/// </param>
internal sealed class OwnLogStoreSource(string description, Func<Task<ILogStore>> open, bool isOurs, LogName? probe)
    : SharedLogStoreSource(description)
{
    /// <inheritdoc />
    protected override async Task<(ILogStore Store, bool IsOurs)> OpenStoreAsync() => (await open(), isOurs);

    /// <inheritdoc />
    protected override Task ProbeAsync(ILogStore store) =>
        probe is { } log ? LogStoreProbe.CheckAsync(store, log, Description) : Task.CompletedTask;
}
