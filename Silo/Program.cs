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
        using OtlpExport? export = settings.Otlp is { } otlp ? new OtlpExport(settings, otlp) : null;
        try
        {
            await using WebApplication silo = await SiloHost.StartAsync(settings);
            SiloBanner.Started(silo.Logger, settings);
            await SiloHost.WaitForStopAsync(silo, settings.Drain);
            SiloBanner.Stopped(silo.Logger, settings.Name);
            return Environment.ExitCode;
        }
        catch (Exception failure)
        {
            // An unforeseen failure is printed with its stack trace.
            return Fail(Explanation(failure) ?? $"the silo has failed: {failure}");
        }
    }

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
