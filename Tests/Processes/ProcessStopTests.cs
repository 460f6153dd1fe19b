using OrleansShards.Tests.MaelstromGateway;

namespace OrleansShards.Tests.Processes;

/// <summary>A process ends in time whatever hangs in it.</summary>
public sealed class ProcessStopTests
{
    [Fact]
    public async Task Signal_TheStopTakesTooLong_TheProcessEndsWithOneAndSaysWhy()
    {
        using StuckProcess process = new(StuckProcess.Deadline);
        Assert.Equal("started", await process.LineAsync());

        process.Terminate();

        Assert.Equal("stopping", await process.LineAsync());
        Assert.Equal((1, "it has taken too long\n"), (await process.EndedAsync(), await process.Errors));
    }

    [Fact]
    public async Task Signal_TheStopTakesTooLongAndNobodyReadsStderr_TheProcessEndsWithOne()
    {
        using StuckProcess process = new(StuckProcess.Mute);
        Assert.Equal("started", await process.LineAsync());

        process.Terminate();

        Assert.Equal((1, ""), (await process.EndedAsync(), await process.Errors));
    }

    [Fact]
    public async Task Signal_ASecondTime_TheProcessEndsAtOnce()
    {
        using StuckProcess process = new(StuckProcess.Patient);
        Assert.Equal("started", await process.LineAsync());
        process.Terminate();
        Assert.Equal("stopping", await process.LineAsync());

        process.Terminate();

        Assert.Equal(
            (143, "SIGTERM again: the process ends at once\n"), (await process.EndedAsync(), await process.Errors));
    }

    [Fact]
    public async Task EndOfInput_TheClusterCannotBeClosed_TheGatewayHasAnsweredAndEndsWithOne()
    {
        using StuckProcess process = new(StuckProcess.OpenForEverGateway);
        await process.Input.WriteAsync(
            GatewayHarness.Init + "\n" + GatewayHarness.Line("c", "write", 2, "\"key\":1,\"value\":1") + "\n");

        process.Input.Close();

        Assert.Equal("init_ok", Reply.TypeOf((await process.LineAsync())!));
        Assert.Equal("write_ok", Reply.TypeOf((await process.LineAsync())!));
        Assert.Equal(1, await process.EndedAsync());
        Assert.Equal(
            "maelstrom-gateway: error: everything was answered, but the cluster could not be closed within 20 s\n", await process.Errors);
    }
}
