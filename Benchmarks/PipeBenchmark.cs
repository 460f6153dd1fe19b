using System.Globalization;

namespace OrleansShards.Benchmarks;

/// <summary>Measures every combination in rounds, and prints one line each: the round with the median rate.</summary>
internal static class PipeBenchmark
{
    internal static int Run(
        string gateway, bool[] durabilities, string[] mixes, int[] inFlight, int rounds, TimeSpan duration)
    {
        if (mixes.FirstOrDefault(static mix => !RequestMix.Names.Contains(mix)) is { } unknown)
        {
            Console.Error.WriteLine($"--mix {unknown}: expected {string.Join(", ", RequestMix.Names)}");
            return 2;
        }

        Console.WriteLine("store    mix    in flight  requests/s   p50 ms   p99 ms   max ms");
        foreach (bool isDurable in durabilities)
        {
            foreach (string mix in mixes)
            {
                foreach (int count in inFlight)
                    Report(isDurable, mix, count, Median(gateway, isDurable, mix, count, rounds, duration));
            }
        }

        return 0;
    }

    private static RoundResult Median(
        string gateway, bool isDurable, string mix, int inFlight, int rounds, TimeSpan duration)
    {
        List<RoundResult> results = [];
        for (int round = 0; round < rounds; round++)
        {
            string? data = isDurable ? Directory.CreateTempSubdirectory("orleansshards-bench-").FullName : null;
            try
            {
                using GatewayProcess process = new(gateway, data);
                results.Add(new Round(process, new RequestMix(mix), inFlight, duration).Run());
            }
            finally
            {
                if (data is not null)
                    Directory.Delete(data, recursive: true);
            }
        }

        return results.OrderBy(static result => result.RequestsPerSecond).ElementAt(results.Count / 2);
    }

    private static void Report(bool isDurable, string mix, int inFlight, RoundResult result) =>
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(isDurable ? "durable" : "memory"),-8} {mix,-6} {inFlight,9} {result.RequestsPerSecond,11:N0} "
            + $"{result.P50Ms,8:0.000} {result.P99Ms,8:0.000} {result.MaxMs,8:0.0}"));
}
