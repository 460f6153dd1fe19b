using System.Runtime.InteropServices;
using OrleansShards.CommandLine;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>
/// Ends a gateway in order when it is told to by SIGTERM or SIGINT: nothing more is read, what was read is answered,
/// and all is over within five seconds. A second signal ends the process as if nobody had caught it.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // Requests that have begun end by their deadline, 4.5 s at most unless configured; the others are refused a little
    // earlier, so that their answers get out too.
    private static readonly TimeSpan RefuseAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LeaveAfter = TimeSpan.FromSeconds(4.8);

    private readonly Gateway _gateway;
    private readonly GatewayLog _log;
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;
    private readonly ManualResetEventSlim _ended = new();
    private int _signals;
    private int? _exitCode;

    /// <summary>Listens from now on.</summary>
    internal StopSignals(Gateway gateway, GatewayLog log)
    {
        _gateway = gateway;
        _log = log;
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    }

    /// <summary>Waits for the gateway's end and answers the exit code.</summary>
    internal int WaitForEnd()
    {
        Thread waiting = new(() =>
        {
            _gateway.WaitForEnd();
            _ended.Set();
        })
        { IsBackground = true, Name = "end" };
        waiting.Start();
        _ended.Wait();
        return _exitCode ?? (_gateway.IsBroken ? ExitCodes.Failure : ExitCodes.Success);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
        _ended.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _signals) > 1)
            return;

        context.Cancel = true;
        _log.Information($"{context.Signal}: reading stops, what was read is answered");
        _gateway.Stop();
        new Thread(KeepTime) { IsBackground = true, Name = "stop" }.Start();
    }

    private void KeepTime()
    {
        if (_ended.Wait(RefuseAfter))
            return;

        _gateway.RefuseTheRest();
        if (!_ended.Wait(LeaveAfter - RefuseAfter))
        {
            _log.Error("not everything could be answered within 5 s of the signal");
            _exitCode = ExitCodes.Failure;
            _ended.Set();
        }
    }
}
