using System.Text;
using Microsoft.Extensions.Logging;

namespace OrleansShards.MaelstromGateway.Io;

/// <summary>
/// The log on stderr, one line an event: the gateway's own, and those of the grains and Orleans. Thread-safe. The calling thread writes the
/// line at once, so the cluster's thread logs only rare events. What stderr does not take is lost. stdout is for the protocol alone.
/// </summary>
internal sealed class GatewayLog(Stream output, LogLevel level) : ILoggerProvider
{
    private const int LineCharsMax = 2000;

    private readonly Lock _gate = new();

    /// <summary>The lowest level that is logged of anything but the gateway itself.</summary>
    internal LogLevel SilosLevel => level <= LogLevel.Debug ? LogLevel.Information : LogLevel.Warning;

    /// <summary>What ends the process, or an internal fault.</summary>
    internal void Error(string text) => Write(LogLevel.Error, text);
    internal void Warning(string text) => Write(LogLevel.Warning, text);
    internal void Information(string text) => Write(LogLevel.Information, text);

    public ILogger CreateLogger(string categoryName) => new SiloLogger(this, categoryName);

    public void Dispose()
    {
        // Each silo's host disposes of its providers; the log outlives them.
    }

    private void Write(LogLevel of, string text)
    {
        if (of < level)
            return;

        string name = of switch { >= LogLevel.Error => "error", LogLevel.Warning => "warning", _ => "information" };
        string oneLine = string.Concat(text.Take(LineCharsMax).Select(static letter => char.IsControl(letter) ? ' ' : letter));
        byte[] line = Encoding.UTF8.GetBytes($"maelstrom-gateway: {name}: {oneLine}\n");
        try
        {
            lock (_gate)
                output.Write(line);
        }
        catch (IOException)
        {
            // Nobody reads stderr.
        }
    }

    // Logs warnings and errors of the grains, and of Orleans and the libraries below it only what ends the process: they report an
    // undelivered message or an unreachable silo as an error, but both are normal in a cluster, and the reply tells the client.
    // --log-level debug logs all.
    private sealed class SiloLogger(GatewayLog log, string name) : ILogger
    {
        private readonly LogLevel _least = log.SilosLevel == LogLevel.Information ? LogLevel.Information
            : name.StartsWith("OrleansShards.", StringComparison.Ordinal) ? LogLevel.Warning
            : LogLevel.Critical;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _least && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                string reason = exception is null ? "" : $": {exception.GetType().Name}: {exception.Message}";
                log.Write(logLevel, $"{name}: {formatter(state, exception)}{reason}");
            }
        }
    }
}
