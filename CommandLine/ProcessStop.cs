using System.Runtime.InteropServices;

namespace OrleansShards.CommandLine;

/// <summary>
/// How a process is told to stop, and the limit of that. The first SIGTERM or SIGINT begins the stop, and with it a deadline. A second one
/// ends the process at once, and so does a deadline that passes: a limit that is left to a library is not kept where the library hangs.
/// </summary>
/// <remarks>
/// Either way the process ends by _exit(2), without exit handlers and finalizers, which may hang as well. To the logs that is what kill -9
/// is: what was acknowledged is kept. The exit code is 1 after a deadline, and 143 or 130 after a second SIGTERM or SIGINT.
/// </remarks>
public sealed class ProcessStop : IDisposable
{
    // As shells say that a signal has ended a process: 128 and the signal's number.
    private const int Interrupted = 130;
    private const int Terminated = 143;

    // stderr may be a full pipe that nobody reads.
    private static readonly TimeSpan ReportLimit = TimeSpan.FromSeconds(1);

    // Not disposed, as a signal may still cancel it; it has neither a timer nor a handle.
    private readonly CancellationTokenSource _stopping = new();
    private readonly TimeSpan _limit;
    private readonly string _overdue;
    private readonly Action<string> _report;
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    /// <summary>Takes the signals from now on.</summary>
    /// <param name="limit">How long the stop may take, from the first signal on.</param>
    /// <param name="overdue">What is reported when it has taken longer; the exit code is then 1.</param>
    /// <param name="report">Reports one line to the operator; called before the process is ended, and waited for one second.</param>
    public ProcessStop(TimeSpan limit, string overdue, Action<string> report)
    {
        (_limit, _overdue, _report) = (limit, overdue, report);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal, on a thread of its own.</summary>
    public CancellationToken Requested => _stopping.Token;

    /// <summary>The first signal; null before.</summary>
    public PosixSignal? Signal { get; private set; }

    /// <summary>Ends the process with exit code 1 and this report, unless it has ended by itself within the limit.</summary>
    public void EndWithin(TimeSpan limit, string report) => new Thread(() =>
    {
        Thread.Sleep(limit);
        End(ExitCodes.Failure, report);
    })
    { IsBackground = true, Name = "deadline" }.Start();

    /// <summary>Ends the process now: without exit handlers and finalizers, which may hang.</summary>
    public static void Exit(int exitCode)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(exitCode);
        else
            ExitNow(exitCode);
    }

    /// <summary>Takes no further signals. A deadline that has begun stays, until the process has ended.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) > 1)
            End(context.Signal == PosixSignal.SIGINT ? Interrupted : Terminated, $"{context.Signal} again: the process ends at once");

        Signal = context.Signal;
        EndWithin(_limit, _overdue);
        _stopping.Cancel();
    }

    private void End(int exitCode, string text)
    {
        Thread reporting = new(() => Report(text)) { IsBackground = true, Name = "last words" };
        reporting.Start();
        reporting.Join(ReportLimit);
        Exit(exitCode);
    }

    private void Report(string text)
    {
        try
        {
            _report(text);
        }
        catch (Exception)
        {
            // Nobody reads it; the process ends all the same.
        }
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitNow(int exitCode);
}
