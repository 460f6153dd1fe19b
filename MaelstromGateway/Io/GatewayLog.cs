using System.Text;
using Microsoft.Extensions.Logging;

namespace OrleansShards.MaelstromGateway.Io;

/// <summary>
/// One line an event, on stderr: the gateway's own, and what the grains and Orleans log. Thread-safe. A line is written at once and by the
/// thread that has it, which for the loop's means: only what is rare. What stderr does not take is lost; nothing else suffers from that.
/// Never anything on stdout, which is the protocol's.
/// </summary>
/// <param name="output">stderr.</param>
/// <param name="level">The lowest level that is written.</param>
internal sealed class GatewayLog(Stream output, LogLevel level) : ILoggerProvider
{
    private const int LineCharsMax = 2000;

    private readonly Lock _gate = new();

    /// <summary>The lowest level that anything but the gateway itself is asked for.</summary>
    internal LogLevel SilosLevel => level <= LogLevel.Debug ? LogLevel.Information : LogLevel.Warning;

    /// <summary>What ends the process, or a fault of ours.</summary>
    internal void Error(string text) => Write(LogLevel.Error, text);

    /// <summary>A line that was skipped, or the like.</summary>
    internal void Warning(string text) => Write(LogLevel.Warning, text);

    /// <summary>A start, an end, a change of role.</summary>
    internal void Information(string text) => Write(LogLevel.Information, text);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new SiloLogger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Hosts come and go with their silos; stderr stays.
    }

    private void Write(LogLevel of, string text)
    {
        if (of < level)
            return;

        string name = of switch { >= LogLevel.Error => "error", LogLevel.Warning => "warning", _ => "information" };
        string cut = text.Length > LineCharsMax ? text[..LineCharsMax] : text;
        byte[] line = Encoding.UTF8.GetBytes($"maelstrom-gateway: {name}: {OneLine(cut)}\n");
        try
        {
            lock (_gate)
                output.Write(line);
        }
        catch (IOException)
        {
            // Nobody listens: there is nobody to tell.
        }
    }

    private static string OneLine(string text) =>
        string.Create(text.Length, text, static (line, text) =>
        {
            for (int at = 0; at < line.Length; at++)
                line[at] = char.IsControl(text[at]) ? ' ' : text[at];
        });

    /// <summary>
    /// What the grains log: warnings and errors, as a gateway has no more to tell of its insides. Of Orleans and the libraries under it
    /// only what ends the process: each message that a silo could not deliver, each silo that it could not reach is an error to them, and
    /// part of a cluster's life; who waits is told by the reply. With <c>--log-level debug</c> all that they tell of.
    /// </summary>
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
