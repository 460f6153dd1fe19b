using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Serialization.Configuration;
using Orleans.Storage;
using Orleans.TestingHost;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Storage;

/// <summary>A silo for the tests of one class, with Orleans' own memory storage.</summary>
public sealed class StorageSilo : IAsyncLifetime
{
    internal const string Memory = "memory";

    private InProcessTestCluster? _cluster;

    internal IGrainStorage MemoryStorage => Services.GetRequiredKeyedService<IGrainStorage>(Memory);

    internal IServiceProvider Services => _cluster!.Silos[0].ServiceProvider;

    public async ValueTask InitializeAsync() => _cluster = await StartAsync(static silo => silo.AddMemoryGrainStorage(Memory));

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await Condition.EndsAsync(_cluster.DisposeAsync().AsTask(), "the silo's end");
    }

    /// <summary>Another one, of the test's own.</summary>
    internal static async Task<InProcessTestCluster> StartAsync(Action<ISiloBuilder> configure)
    {
        InProcessTestClusterBuilder builder = new(1);
        builder.Options.ConfigureFileLogging = false;
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((_, silo) =>
        {
            // The grains of a cluster are known in every silo of this process; here nothing is sent to them.
            silo.Services.Configure<TypeManifestOptions>(static options => options.EnableConfigurationAnalysis = false);
            configure(silo);
        });
        InProcessTestCluster cluster = builder.Build();
        try
        {
            await Condition.EndsAsync(cluster.DeployAsync(), "the silo's start");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }
}
