using System.Net.Sockets;
using Npgsql;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Silo.Cli;
using OrleansShards.Storage;

namespace OrleansShards.Silo.Clustering;

/// <summary>
/// Waits, at a silo's start, for a database that cannot be reached yet: one that is started with the silo, or is being replaced. What
/// waiting does not help against, such as a wrong password, ends the start at once.
/// </summary>
internal sealed partial class DatabaseWait(SiloSettings settings, TimeProvider clock, ILogger<DatabaseWait> logger)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    private volatile string? _obstacle;

    /// <summary>Why the last attempt has failed, while further ones are made; else null.</summary>
    internal string? Obstacle => _obstacle;

    /// <summary>Opens the database, repeatedly until that succeeds, or until <see cref="SiloSettings.DatabaseWait"/> has passed.</summary>
    /// <exception cref="TimeoutException">It could not be reached within that time; the text says what was tried.</exception>
    /// <exception cref="Exception">Another failure of <paramref name="open"/>, at once.</exception>
    internal async Task OpenAsync(Func<CancellationToken, Task> open, CancellationToken stop)
    {
        long startedAt = clock.GetTimestamp();
        using CancellationTokenSource limit = new(settings.DatabaseWait, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        for (int attempts = 1; ; attempts++)
        {
            try
            {
                await open(either.Token);
                if (_obstacle is not null)
                    LogThere(clock.GetElapsedTime(startedAt).TotalSeconds);

                _obstacle = null;
                return;
            }
            catch (Exception failure) when (!either.IsCancellationRequested && MayPass(failure))
            {
                string text = TextOf(failure);
                if (_obstacle is null)
                    LogWaiting(settings.DatabaseWait.TotalSeconds, text);

                _obstacle = text;
            }
            catch (Exception failure) when (limit.IsCancellationRequested && !stop.IsCancellationRequested && IsNoAnswer(failure))
            {
                throw new TimeoutException(
                    $"the database could not be reached within {settings.DatabaseWait.TotalSeconds:0.#} s (--database-wait-ms), "
                    + $"{attempts} attempts; the last one: {_obstacle ?? "no answer"}");
            }

            await Task.Delay(RetryInterval, clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Whether a database that has failed in this way may be there in a while: nobody listens, its name is not known yet, it starts, stops
    /// or is busy. Everything else (login, rights, a missing database, TLS, another application's tables) stays until somebody changes it.
    /// </summary>
    internal static bool MayPass(Exception failure) => failure switch
    {
        LogStoreException { InnerException: { } cause } => MayPass(cause),
        PostgresException
        {
            SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.QueryCanceled
        } => true,
        NpgsqlException database => database.IsTransient,
        SocketException or TimeoutException => true,
        _ => false,
    };

    private static bool IsNoAnswer(Exception failure) => failure is OperationCanceledException || MayPass(failure);

    private string TextOf(Exception failure) => failure is LogStoreException
        ? failure.Message
        : $"{settings.Database?.Place}: {failure.Message}{(failure.InnerException is { } cause ? $" ({cause.Message})" : "")}";

    [LoggerMessage(LogEvents.DatabaseAwaited, LogLevel.Warning,
        "the database cannot be reached; the silo waits for it for {Limit} s: {Reason}")]
    private partial void LogWaiting(double limit, string reason);

    [LoggerMessage(LogEvents.DatabaseThere, LogLevel.Information, "the database is there after {Waited:0.0} s; the silo's start continues")]
    private partial void LogThere(double waited);
}
