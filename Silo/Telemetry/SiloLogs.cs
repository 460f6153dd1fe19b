using System.Text.Json;
using OrleansShards.Silo.Cli;

namespace OrleansShards.Silo.Telemetry;

/// <summary>Log lines on stdout, a line each: text, or JSON.</summary>
internal static class SiloLogs
{
    private const string Time = "yyyy-MM-ddTHH:mm:ss.fffZ ";
    private static readonly TimeSpan FirstWatch = TimeSpan.FromSeconds(10);

    /// <summary>Sets them up by the settings.</summary>
    internal static void Apply(SiloSettings settings, ILoggingBuilder logging)
    {
        logging.ClearProviders();

        // Orleans, ASP.NET and the libraries under them tell of every step; what they tell of a running silo is a
        // warning or worse. Polly tells of each attempt to place a grain, and the last one's failure is the caller's.
        LogLevel others = settings.LogLevel is LogLevel.Information ? LogLevel.Warning : settings.LogLevel;
        LogLevel attempts = settings.LogLevel is LogLevel.Debug ? LogLevel.Debug : LogLevel.None;
        logging.SetMinimumLevel(others).AddFilter("Polly", attempts);
        SilenceFirstWatch(logging, others);

        // A start that fails is told once, by whoever started it, and not three times over with the whole call stack; a
        // service that fails later is critical, and told.
        LogLevel starts = settings.LogLevel is LogLevel.Debug or LogLevel.None ? settings.LogLevel : LogLevel.Critical;
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", starts);
        logging.AddFilter("Orleans.Runtime.SiloLifecycleSubject", starts).AddFilter("Orleans.Runtime.Silo", starts);
        logging.AddFilter("OrleansShards", settings.LogLevel);
        AddConsole(settings, logging);
    }

    /// <summary>
    /// Orleans' watchdog compares with a time stamp that its second thread may not have set yet, and then warns of a
    /// thread that has "not completed" for as long as the machine has been up. A true warning of that kind needs a stall
    /// of twenty seconds, so none is lost in the first ten.
    /// </summary>
    private static void SilenceFirstWatch(ILoggingBuilder logging, LogLevel others)
    {
        long startedAt = Environment.TickCount64;
        logging.AddFilter("Orleans.Runtime.Watchdog", level => level >= others
            && (level > LogLevel.Warning || Environment.TickCount64 - startedAt > FirstWatch.TotalMilliseconds));
    }

    private static void AddConsole(SiloSettings settings, ILoggingBuilder logging)
    {
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
