using Microsoft.Extensions.Logging;
using OrleansShards.MaelstromGateway.Io;
using SeenLevel = Microsoft.Extensions.Logging.LogLevel;

namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// What Orleans and the grains have to say, on stderr: warnings and errors, as a gateway has no more to tell of its
/// insides. Never anything on stdout, which is the protocol's.
/// </summary>
/// <param name="log">stderr.</param>
internal sealed class SiloLogging(GatewayLog log) : ILoggerProvider
{
    private static readonly string[] ToldOtherwise =
    [
        // A start that fails, four times over: it is the answer to init, too, and said by who gives that.
        "Microsoft.Extensions.Hosting.Internal.Host",
        "Orleans.Runtime.Silo",
        "Orleans.Runtime.SiloLifecycleSubject",

        // A master's notice that comes when its hearer has just left.
        "Orleans.ClientGrainContext",
        "Orleans.Runtime.HostedClient",

        // A call that finds nobody any more, as the silo ends.
        "Orleans.Messaging",
    ];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Category(log, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Category(GatewayLog log, string name) : ILogger
    {
        // Orleans warns of each message that it could not deliver; who waits for the message is told by its reply.
        private readonly SeenLevel _least = ToldOtherwise.Contains(name) ? SeenLevel.None
            : name.StartsWith("Orleans.", StringComparison.Ordinal) ? SeenLevel.Error
            : SeenLevel.Warning;

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
            else
            {
                log.Warning(text);
            }
        }
    }
}
