using System.Text.Json;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Telemetry;

/// <summary>Log lines on stdout, a line each: text, or JSON.</summary>
internal static class SiloLogs
{
    private const string Time = "yyyy-MM-ddTHH:mm:ss.fffZ ";

    /// <summary>Sets them up by the settings.</summary>
    internal static void Apply(SiloSettings settings, ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(settings.LogLevel);

        // Orleans and ASP.NET tell of every step of a start; what they tell of a running silo is a warning or worse.
        LogLevel others = settings.LogLevel is LogLevel.Information ? LogLevel.Warning : settings.LogLevel;
        logging.AddFilter("Orleans", others).AddFilter("Microsoft", others);

        // A start that fails is told once, by whoever started it, and not three times over with the whole call stack; a
        // service that fails later is critical, and told.
        LogLevel starts = settings.LogLevel is LogLevel.Debug or LogLevel.None ? settings.LogLevel : LogLevel.Critical;
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", starts);
        logging.AddFilter("Orleans.Runtime.SiloLifecycleSubject", starts).AddFilter("Orleans.Runtime.Silo", starts);
        logging.AddFilter("OrleansShards", settings.LogLevel);
        if (settings.LogsJson)
        {
            logging.AddJsonConsole(options =>
            {
                options.TimestampFormat = Time.TrimEnd();
                options.UseUtcTimestamp = true;
                options.JsonWriterOptions = new JsonWriterOptions { Indented = false };
            });
        }
        else
        {
            logging.AddSimpleConsole(options =>
            {
                options.TimestampFormat = Time;
                options.UseUtcTimestamp = true;
                options.SingleLine = true;
            });
        }
    }
}
