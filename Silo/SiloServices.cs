namespace OrleansShards.Silo;

/// <summary>
/// Orleans' services in the web host, which would start them before it listens for HTTP, and stop them after HTTP. Here HTTP comes first
/// and goes last, so that the silo's health can be asked for while it starts and stops.
/// </summary>
internal sealed class SiloServices(IServiceProvider services)
{
    /// <summary>The key under which the container has them: the host starts those without a key.</summary>
    internal const string Key = "silo";

    private readonly Stack<IHostedService> _started = [];
    private volatile bool _areRunning;

    /// <summary>Whether the silo's grains can be asked.</summary>
    internal bool AreRunning => _areRunning;

    /// <summary>Starts them in order. What is started when this fails is stopped by the disposal of the host.</summary>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (IHostedService service in services.GetKeyedServices<IHostedService>(Key))
        {
            await service.StartAsync(cancellationToken).WaitAsync(cancellationToken);
            _started.Push(service);
        }

        _areRunning = true;
    }

    /// <summary>Stops them in the reverse order.</summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        _areRunning = false;
        while (_started.TryPop(out IHostedService? service))
            await service.StopAsync(cancellationToken);
    }
}

internal static class SiloServicesExtensions
{
    /// <summary>Adds a silo that the host does not start: <see cref="SiloServices"/> does.</summary>
    internal static void AddSilo(this WebApplicationBuilder builder, Action<ISiloBuilder> configure)
    {
        ServiceDescriptor[] before = [.. builder.Services];
        builder.UseOrleans(configure);
        foreach (ServiceDescriptor hosted in builder.Services.Except(before).Where(IsHosted).ToArray())
        {
            builder.Services.Remove(hosted);
            builder.Services.Add(WithKey(hosted));
        }

        builder.Services.AddSingleton<SiloServices>();
    }

    private static bool IsHosted(ServiceDescriptor service) => service.ServiceType == typeof(IHostedService) && !service.IsKeyedService;

    private static ServiceDescriptor WithKey(ServiceDescriptor hosted) => hosted switch
    {
        { ImplementationType: { } type } => ServiceDescriptor.KeyedSingleton(typeof(IHostedService), SiloServices.Key, type),
        { ImplementationFactory: { } create } =>
            ServiceDescriptor.KeyedSingleton(typeof(IHostedService), SiloServices.Key, (services, _) => create(services)),
        _ => new ServiceDescriptor(typeof(IHostedService), SiloServices.Key, hosted.ImplementationInstance!),
    };
}
