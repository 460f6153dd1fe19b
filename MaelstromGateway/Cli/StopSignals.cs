using OrleansShards.CommandLine;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>
/// How a gateway's process ends. At the end of its input all that was read is answered, and then the cluster is closed, within twenty
/// seconds. On SIGTERM or SIGINT nothing more is read, and the same is done within five seconds altogether.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // Submitted requests end by their deadline, by default after 4.5 s. The others are refused earlier, so that they are answered too.
    private static readonly TimeSpan RefuseAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LeaveAfter = TimeSpan.FromSeconds(4.8);

    // As a silo's stop: on a busy machine, where all gateways of a cluster end at once, five seconds were not enough.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(20);

    private readonly Gateway _gateway;
    private readonly GatewayLog _log;
    private readonly ProcessStop _stop;
    private readonly ManualResetEventSlim _ended = new();

    internal StopSignals(Gateway gateway, GatewayLog log)
    {
        (_gateway, _log) = (gateway, log);
        _stop = new ProcessStop(LeaveAfter, "not everything could be answered and closed within 5 s of the signal", log.Error);
        _stop.Requested.Register(OnStop);
    }

    /// <summary>Waits for the gateway's end and returns the exit code.</summary>
    internal int WaitForEnd()
    {
        _gateway.WaitForAnswers();
        _stop.EndWithin(CloseLimit, "everything was answered, but the cluster could not be closed within 20 s");
        _gateway.Close();
        _ended.Set();
        return _gateway.IsBroken ? ExitCodes.Failure : ExitCodes.Success;
    }

    // The thread that refuses may still wait for the end.
    public void Dispose() => _stop.Dispose();

    private void OnStop()
    {
        _log.Information($"{_stop.Signal}: reading stops, what was read is answered");
        _gateway.Stop();
        new Thread(RefuseTheRest) { IsBackground = true, Name = "stop" }.Start();
    }

    private void RefuseTheRest()
    {
        if (!_ended.Wait(RefuseAfter))
            _gateway.RefuseTheRest();
    }
}
