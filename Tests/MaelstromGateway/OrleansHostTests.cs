using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansShards.MaelstromGateway.Io;
using OrleansShards.MaelstromGateway.Silos;

namespace OrleansShards.Tests.MaelstromGateway;

public sealed class OrleansHostTests
{
    [Fact]
    public async Task Stop_AServiceCannotBeReleased_IsLoggedAndNoFailure()
    {
        using CaptureStream errors = new();
        using GatewayLog log = new(errors, LogLevel.Warning);
        IHost host = OrleansHost.Build(log, static builder => builder.Services.AddSingleton<Stuck>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        host.Services.GetRequiredService<Stuck>();

        await OrleansHost.StopAsync(host, log);

        Assert.Equal("maelstrom-gateway: warning: Orleans has not released all that it used: it is stuck\n", errors.Text);
    }

    private sealed class Stuck : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => throw new InvalidOperationException("it is stuck");
    }
}
