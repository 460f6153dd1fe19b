using OrleansShards.Core;
using OrleansShards.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>A store of our own kinds.</summary>
/// <param name="description">For texts.</param>
/// <param name="open">Opens it.</param>
/// <param name="isOurs">Whether it is closed with the silo.</param>
/// <param name="isExclusive">
/// Whether no other process has it open: then the probe uses the same log every time, which leaves nothing behind.
/// </param>
internal sealed class OwnLogStoreSource(string description, Func<Task<ILogStore>> open, bool isOurs, bool isExclusive)
    : SharedLogStoreSource(description)
{
    /// <inheritdoc />
    protected override async Task<(ILogStore Store, bool IsOurs)> OpenStoreAsync() => (await open(), isOurs);

    /// <inheritdoc />
    protected override Task ProbeAsync(ILogStore store) =>
        LogStoreProbe.CheckAsync(store, new LogName(isExclusive ? "probe" : $"probe/{Guid.NewGuid():N}"), Description);
}
