using System.Runtime.InteropServices;
using OrleansShards.CommandLine;

namespace OrleansShards.MaelstromGateway.Cli;

/// <summary>
/// Drains a gateway on SIGTERM or SIGINT: nothing more is read, what was read is answered, and the process ends within five seconds. A
/// second signal ends the process at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // Submitted requests end by their deadline, by default after 4.5 s. The others are refused earlier, so that they are answered too.
    private static readonly TimeSpan RefuseAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LeaveAfter = TimeSpan.FromSeconds(4.8);

    private readonly Gateway _gateway;
    private readonly GatewayLog _log;
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;
    private readonly ManualResetEventSlim _ended = new();
    private int _signals;
    private int? _exitCode;

    internal StopSignals(Gateway gateway, GatewayLog log)
    {
        _gateway = gateway;
        _log = log;
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
    }

    /// <summary>Waits for the gateway's end and returns the exit code.</summary>
    internal int WaitForEnd()
    {
        new Thread(WaitForGateway) { IsBackground = true, Name = "end" }.Start();
        _ended.Wait();
        return _exitCode ?? (_gateway.IsBroken ? ExitCodes.Failure : ExitCodes.Success);
    }

    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
        _ended.Dispose();
    }

    private void WaitForGateway()
    {
        _gateway.WaitForEnd();
        _ended.Set();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _signals) > 1)
            return;

        context.Cancel = true;
        _log.Information($"{context.Signal}: reading stops, what was read is answered");
        _gateway.Stop();
        new Thread(EnforceLimits) { IsBackground = true, Name = "stop" }.Start();
    }

    private void EnforceLimits()
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
