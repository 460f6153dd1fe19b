using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using OrleansShards.Storage;

namespace OrleansShards.Grains.Storage;

/// <summary>
/// A store over a grain storage provider of the silo. Where that is one of ours, its own store: it reads ranges, and
/// commits many records at once.
/// </summary>
/// <param name="providerName">The name it is registered under.</param>
/// <param name="services">The silo's.</param>
internal sealed class ProviderLogStoreSource(string providerName, IServiceProvider services)
    : SharedLogStoreSource($"The log store over grain storage provider '{providerName}'")
{
    /// <inheritdoc />
    protected override async Task<(ILogStore Store, bool IsOurs)> OpenStoreAsync() => Provider() switch
    {
        LogGrainStorage own => (await own.Source.OpenAsync(), false),
        IGrainStorage other => (new GrainStateLogStore(other, providerName), true),
    };

    /// <inheritdoc />
    protected override Task ProbeAsync(ILogStore store) => Provider() switch
    {
        // Its source has done so.
        LogGrainStorage => Task.CompletedTask,
        IGrainStorage other => GrainStorageProbe.CheckAsync(other, providerName),
    };

    private IGrainStorage Provider() => services.GetKeyedService<IGrainStorage>(providerName) ?? throw new LogStoreException(
        $"There is no grain storage provider '{providerName}' in this silo; expected one to be added under that name.");
}
