using Microsoft.Extensions.Logging;
using OrleansShards.MaelstromGateway.Io;
using SeenLevel = Microsoft.Extensions.Logging.LogLevel;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// What the grains have to say, on stderr: warnings and errors, as a gateway has no more to tell of its insides. Of Orleans
/// and the libraries under it only what ends the process: each message that a silo could not deliver, each silo that it
/// could not reach is an error to them, and part of a cluster's life; who waits is told by the reply. With
/// <c>--log-level debug</c> all that they tell of. Never anything on stdout, which is the protocol's.
/// </summary>
/// <param name="log">stderr.</param>
internal sealed class SiloLogging(GatewayLog log) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Category(log, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Category(GatewayLog log, string name) : ILogger
    {
        private readonly SeenLevel _least = log.ShowsDebug ? SeenLevel.Information
            : name.StartsWith("OrleansShards.", StringComparison.Ordinal) ? SeenLevel.Warning
            : SeenLevel.Critical;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(SeenLevel logLevel) => logLevel >= _least && logLevel != SeenLevel.None;

        public void Log<TState>(
            SeenLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            string reason = exception is null ? "" : $": {exception.GetType().Name}: {exception.Message}";
            string text = $"{name}: {formatter(state, exception)}{reason}";
            if (logLevel >= SeenLevel.Error)
            {
                log.Error(text);
            }
            else if (logLevel == SeenLevel.Warning)
            {
                log.Warning(text);
            }
            else
            {
                log.Information(text);
            }
        }
    }
}
