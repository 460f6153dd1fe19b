using System.Globalization;

namespace OrleansShards.Benchmarks;

/// <summary>Measures every combination in rounds and prints one line for each: the round with the median rate.</summary>
internal static class PipeBenchmark
{
    internal static int Run(string gateway, bool[] durabilities, string[] mixes, int[] inFlight, int rounds, TimeSpan duration)
    {
        if (mixes.FirstOrDefault(static mix => !RequestMix.Names.Contains(mix)) is { } unknown)
        {
            Console.Error.WriteLine($"--mix {unknown}: expected {string.Join(", ", RequestMix.Names)}");
            return 2;
        }

        Console.WriteLine($"store    mix    in flight {RoundResult.Titles}");
        foreach (bool isDurable in durabilities)
        {
            foreach (string mix in mixes)
            {
                foreach (int count in inFlight)
                {
                    string store = isDurable ? "durable" : "memory";
                    RoundResult median = Median(gateway, isDurable, mix, count, rounds, duration);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{store,-8} {mix,-6} {count,9} {median}"));
                }
            }
        }

        return 0;
    }

    private static RoundResult Median(string gateway, bool isDurable, string mix, int inFlight, int rounds, TimeSpan duration)
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

        return RoundResult.Median(results);
    }
}
