using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansShards.Client;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Tests.Orleans.Client;
using OrleansShards.Tests.Orleans.Diagnostics;

namespace OrleansShards.Tests.Orleans.Telemetry;

/// <summary>What only a primary shows, in a silo that has both masters.</summary>
public sealed class PrimaryReadingsTests : IAsyncLifetime
{
    private readonly ShardsSilo _silo = new();

    public async ValueTask InitializeAsync() => await _silo.InitializeAsync();

    public async ValueTask DisposeAsync() => await _silo.DisposeAsync();

    /// <summary>A primary's values would stay for ever otherwise: two primaries, one with a lag that grows old.</summary>
    [Fact]
    public async Task Switchover_TheOldPrimary_IsShownNoMore()
    {
        using MeterReadings readings = new(ShardsDiagnostics.MeterName, _silo.Services);
        await Waits.UntilAsync(() => Primaries().SequenceEqual(["n1"]), "n1 is shown as the primary");
        Assert.Single(readings.Series("orleansshards.shadow.silence.time"));

        using IHost app = await _silo.AppAsync();
        AdminResult<SwitchoverReply> done = await app.Services.GetRequiredService<IShardsAdmin>()
            .SwitchoverAsync(new MasterName("n2"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.IsType<AdminResult<SwitchoverReply>.Done>(done);

        await Waits.UntilAsync(() => Primaries().SequenceEqual(["n2"]), "n2, and nobody else, is shown as the primary");
        await Waits.UntilAsync(
            () => readings.Seen("orleansshards.takeovers").Contains("orleansshards.takeovers {reason=switch_over} 1"),
            "the switchover is counted");
        await app.StopAsync(TestContext.Current.CancellationToken);

        IEnumerable<string> Primaries() =>
            readings.Series("orleansshards.primary.term").Select(static series => series.Split('=', '}')[1]);
    }
}
