namespace OrleansShards.Grains.Storage;

/// <summary>
/// Opens the store when the silo starts, so that one that cannot be used fails the start and not the first request. At
/// the last stage, since providers may be grains themselves.
/// </summary>
internal sealed class LogStoreStart(ILogStoreSource source) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(LogStoreStart), ServiceLifecycleStage.Active, _ => source.OpenAsync());
}
