using Npgsql;
using OrleansShards.CommandLine;
using OrleansShards.Grains.Hosting;
using OrleansShards.Silo.Cli;
using OrleansShards.Silo.Clustering;
using OrleansShards.Silo.Telemetry;
using OrleansShards.Storage;

namespace OrleansShards.Silo;

/// <summary>The process: reads options, runs a silo until it is told to stop, and returns an exit code.</summary>
internal static class Program
{
    internal static async Task<int> Main(string[] args)
    {
        if (new SiloOptionReader().Read(args, Console.Out, Console.Error, out int exitCode) is not { } settings)
            return exitCode;

        using PortClaims claims = new();
        try
        {
            settings = claims.Claim(settings);
        }
        catch (Exception failure) when (failure is LogStoreException or IOException)
        {
            return Fail(failure.Message);
        }

        IReadOnlyList<string> ports = PortCheck.Problems(settings);
        return ports.Count > 0 ? Fail(ports) : await RunAsync(settings);
    }

    private static async Task<int> RunAsync(SiloSettings settings)
    {
        TimeSpan limit = settings.Drain + SiloHost.StopLimit;
        using ProcessStop stop = new(limit, Overdue(limit), static text => Fail(text));
        using SiloTelemetry telemetry = new(settings);
        try
        {
            await using WebApplication silo = SiloHost.Build(settings, telemetry);
            return await RunAsync(silo, settings, stop, limit);
        }
        catch (Exception failure)
        {
            return Fail(TextOf(failure));
        }
    }

    private static async Task<int> RunAsync(WebApplication silo, SiloSettings settings, ProcessStop stop, TimeSpan limit)
    {
        stop.Requested.Register(() =>
        {
            SiloBanner.Stops(silo.Logger, settings.Name, $"{stop.Signal}");
            silo.Lifetime.StopApplication();
        });
        bool hasStarted = false;
        try
        {
            await SiloHost.StartAsync(silo, settings, stop.Requested);
            hasStarted = true;
            SiloBanner.Started(silo.Logger, settings);
            await SiloHost.WaitForStopAsync(silo);
            if (!stop.Requested.IsCancellationRequested)
                stop.EndWithin(limit, Overdue(limit));

            await SiloHost.StopAsync(silo, settings.Drain);
            SiloBanner.Stopped(silo.Logger, settings.Name);
            return Environment.ExitCode;
        }
        catch (Exception) when (!hasStarted && stop.Requested.IsCancellationRequested)
        {
            // That is how the start says that it was cancelled, in several ways.
            await SiloHost.StopHttpAsync(silo).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            SiloBanner.Stopped(silo.Logger, settings.Name);
            return ExitCodes.Success;
        }
        catch (Exception failure)
        {
            // Said at once, as what follows may hang.
            int exitCode = Fail(TextOf(failure));
            stop.EndWithin(SiloHost.StopLimit, Overdue(SiloHost.StopLimit));
            if (!hasStarted)
                await SiloHost.StopHttpAsync(silo).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            return exitCode;
        }
    }

    private static string Overdue(TimeSpan limit) =>
        $"the silo has not stopped within {limit.TotalSeconds:0.#} s, and is ended: the others will declare it dead. What was acknowledged "
        + "is kept.";

    // An unforeseen failure is printed with its stack trace.
    private static string TextOf(Exception failure) => Explanation(failure) ?? $"the silo has failed: {failure}";

    /// <summary>The text for a failure that an operator can do something about; null for a defect.</summary>
    private static string? Explanation(Exception failure) => failure switch
    {
        AggregateException { InnerExceptions: [var inner] } => Explanation(inner),
        LogStoreException => $"the logs cannot be opened: {failure.Message}",
        NpgsqlException => $"the database refuses: {failure.Message}",
        ClusterMismatchException => $"the cluster is another one than --nodes and --shards say: {failure.Message}",
        TimeoutException or OperationCanceledException => $"the silo has not started in time: {failure.Message}",
        IOException or OrleansConfigurationException => failure.Message,
        _ => null,
    };

    private static int Fail(params IEnumerable<string> errors)
    {
        foreach (string error in errors)
            Console.Error.WriteLine($"{SiloOptionReader.Program}: {error}");

        return ExitCodes.Failure;
    }
}
