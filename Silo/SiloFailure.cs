using OrleansShards.CommandLine;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo;

/// <summary>
/// Ends the process of a silo that cannot continue: others have declared it dead, or it hangs. Orleans would abort it with a stack trace
/// after two seconds.
/// </summary>
internal sealed class SiloFailure(IHostApplicationLifetime lifetime) : IFatalErrorHandler
{
    // A primary here may still hand over (2 s at most), if something of this silo works.
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private int _hasFailed;

    public bool IsUnexpected(Exception exception) => Volatile.Read(ref _hasFailed) == 0;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        if (Interlocked.Exchange(ref _hasFailed, 1) != 0)
            return;

        // Threads of their own: the pool may hang, and so may what is to be stopped.
        Environment.ExitCode = ExitCodes.Failure;
        new Thread(End) { IsBackground = true, Name = "deadline" }.Start();
        new Thread(lifetime.StopApplication) { IsBackground = true, Name = "stop" }.Start();
        string reason = string.Join(": ", new[] { context, exception?.Message }.Where(static text => !string.IsNullOrEmpty(text)));
        Console.Error.WriteLine($"{SiloOptionReader.Program}: the silo ends: {reason}");
    }

    // OpenTelemetry's exit handler, for one, waits for the pool.
    private static void End()
    {
        Thread.Sleep(StopLimit);
        ProcessStop.Exit(ExitCodes.Failure);
    }
}
