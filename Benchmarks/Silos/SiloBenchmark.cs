using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using OrleansShards.Client.Routing;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Shards;
using OrleansShards.Grains.Interfaces;

namespace OrleansShards.Benchmarks.Silos;

/// <summary>
/// Requests a second of one client process against one silo process over loopback TCP, durable on SQLite: every write
/// is on the disk before it is answered, every read is linearizable.
/// </summary>
internal static class SiloBenchmark
{
    internal static int Run(string script, string[] mixes, int[] inFlight, int rounds, TimeSpan duration)
    {
        if (mixes.FirstOrDefault(static mix => mix is not ("write" or "read")) is { } unknown)
        {
            Console.Error.WriteLine($"--mix {unknown}: expected write or read");
            return 2;
        }

        RunAsync(script, mixes, inFlight, rounds, duration).GetAwaiter().GetResult();
        return 0;
    }

    private static async Task RunAsync(string script, string[] mixes, int[] inFlight, int rounds, TimeSpan duration)
    {
        using SiloProcess silo = new(script);
        await silo.WaitUntilReadyAsync();
        using IHost host = await ConnectAsync(silo);
        var grains = host.Services.GetRequiredService<Orleans.IClusterClient>();
        ClusterDefinition definition = await grains.GetGrain<IClusterGrain>(0).Definition();
        await using GrainClusterClient client = new(
            grains, definition, new GrainClusterClientOptions { Report = Console.Error.WriteLine });
        Console.WriteLine($"mix    in flight {RoundResult.Titles}");
        foreach (string mix in mixes)
        {
            foreach (int count in inFlight)
            {
                RoundResult median = Median(client, mix, count, rounds, duration);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mix,-6} {count,9} {median}"));
            }
        }
    }

    private static RoundResult Median(GrainClusterClient client, string mix, int inFlight, int rounds, TimeSpan duration)
    {
        List<RoundResult> results = [];
        for (int i = 0; i < rounds; i++)
        {
            using ClientRound round = new(client, mix == "write" ? KeyVerb.Write : KeyVerb.Read, inFlight, duration);
            results.Add(round.Run());
        }

        return RoundResult.Median(results);
    }

    private static async Task<IHost> ConnectAsync(SiloProcess silo)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client
            .UseStaticClustering(silo.Gateway)
            .Configure<ClusterOptions>(static options =>
            {
                options.ClusterId = ClusterNames.ClusterId;
                options.ServiceId = ClusterNames.ServiceId;
            }));
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }
}
