using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Client;
using OrleansShards.Samples.Application;

namespace OrleansShards.Tests.Orleans.Client;

/// <summary>The example application: transfers that are done once, whoever crashes.</summary>
public sealed class BankTests(ShardsSilo silo) : IClassFixture<ShardsSilo>, IAsyncLifetime
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    private IHost? _app;

    private IShardsClient Shards => _app!.Services.GetRequiredService<IShardsClient>();

    public async ValueTask InitializeAsync() => _app = await silo.AppAsync();

    public async ValueTask DisposeAsync()
    {
        await _app!.StopAsync();
        _app.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public async Task Transfer_CutOffInTheMiddle_IsFinishedOnceByTheNextRun()
    {
        Bank crashing = new(
            Shards, new Journal(_file), static () => throw new OperationCanceledException("a crash, on purpose"));
        await crashing.OpenAsync("ann", 100);
        await crashing.OpenAsync("bob", 5);
        await Assert.ThrowsAsync<OperationCanceledException>(() => crashing.TransferAsync("ann", "bob", 30));
        Assert.Equal((70, 5), (await crashing.BalanceAsync("ann"), await crashing.BalanceAsync("bob")));

        Bank next = new(Shards, new Journal(_file), static () => { });
        Transfer? left = await next.RecoverAsync();
        Assert.Equal(30, left?.Amount);
        Assert.Equal((70, 35), (await next.BalanceAsync("ann"), await next.BalanceAsync("bob")));
        Assert.Null(await next.RecoverAsync());
        Assert.True(await next.TransferAsync("bob", "ann", 35));
        Assert.False(await next.TransferAsync("bob", "ann", 1));
        Assert.Equal((105, 0), (await next.BalanceAsync("ann"), await next.BalanceAsync("bob")));
    }
}
