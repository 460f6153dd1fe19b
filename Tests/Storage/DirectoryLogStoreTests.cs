using OrleansShards.Storage;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Tests.Storage;

public class DirectoryLogStoreTests : LogStoreConformance
{
    private readonly TemporaryDirectory _directory = new();

    protected virtual bool Synchronous => true;

    protected override async ValueTask<ILogStore> OpenAsync() => await DirectoryLogStore.OpenAsync(
        new DirectoryLogStoreOptions { Directory = _directory.Path, Synchronous = Synchronous }, Stop);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }
}
