using Microsoft.Extensions.Logging;
using OrleansShards.MaelstromGateway.Io;

namespace OrleansShards.Tests.MaelstromGateway;

public sealed class GatewayLogTests
{
    [Theory]
    [InlineData(LogLevel.Information, "OrleansShards.Grains", LogLevel.Warning, "maelstrom-gateway: warning: OrleansShards.Grains: text\n")]
    [InlineData(LogLevel.Information, "OrleansShards.Grains", LogLevel.Information, "")]
    [InlineData(LogLevel.Information, "Orleans.Runtime", LogLevel.Error, "")]
    [InlineData(LogLevel.Information, "Orleans.Runtime", LogLevel.Critical, "maelstrom-gateway: error: Orleans.Runtime: text\n")]
    [InlineData(LogLevel.Debug, "Orleans.Runtime", LogLevel.Information, "maelstrom-gateway: information: Orleans.Runtime: text\n")]
    [InlineData(LogLevel.Error, "OrleansShards.Grains", LogLevel.Warning, "")]
    [InlineData(LogLevel.None, "Orleans.Runtime", LogLevel.Critical, "")]
    public void Log_OfASilo_IsWhatTheLevelAsksFor(LogLevel level, string category, LogLevel of, string expected)
    {
        using CaptureStream errors = new();
        using GatewayLog log = new(errors, level);

        log.CreateLogger(category).Log(of, 0, "text", null, static (text, _) => text);

        Assert.Equal(expected, errors.Text);
    }
}
