namespace OrleansShards.Benchmarks.Compare;

/// <summary>What is measured, and for how long.</summary>
internal sealed record CompareOptions(
    string[] Peers, string[] Mixes, int[] InFlight, int Rounds, TimeSpan Duration, PeerOptions Of, bool Json);

/// <summary>
/// Requests a second and latency of this store and of others side by side: each a process on the loopback address that has
/// every write on the disk before it answers, asked from this process by the client that .NET users have for it. The rounds
/// of the peers alternate, so that whatever else the machine does meets all of them.
/// </summary>
internal static class CompareBenchmark
{
    internal static readonly string[] PeerNames = ["redis", "garnet", "etcd", "postgresql"];
    internal static readonly string[] Mixes = ["write", "read"];

    // A process that has just started compiles what it runs; later on only the number of requests under way changes.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan WarmLimit = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan RoundWarmUp = TimeSpan.FromMilliseconds(500);

    internal static async Task<int> RunAsync(CompareOptions options, CancellationToken cancellationToken)
    {
        string[] wrong =
        [
            .. options.Peers.Except([.. PeerNames, "none"]).Select(static peer =>
                $"--peers {peer}: expected {string.Join(", ", PeerNames)}, or none"),
            .. options.Mixes.Except(Mixes).Select(static mix => $"--mix {mix}: expected {string.Join(" or ", Mixes)}"),
        ];
        if (options.Of.StoreDelay > TimeSpan.Zero && Peer.Find("strace") is null)
            wrong = [.. wrong, "--store-delay-ms needs strace (apt-get install strace)"];

        foreach (string line in wrong)
            Console.Error.WriteLine(line);

        if (wrong.Length > 0)
            return 2;

        Peer[] all =
        [
            new ShardsPeer(options.Of),
            .. options.Peers.Where(static name => name != "none").Distinct().Select(name => Create(name, options.Of)),
        ];
        CompareReport report = new(options, [.. all.Where(static peer => peer.Missing is null)]);
        foreach (Peer peer in all.Where(static peer => peer.Missing is not null))
            report.LeftOut.Add($"{peer.Name} is left out: it needs {peer.Missing}");

        try
        {
            await MeasureAsync(options, report, cancellationToken);
        }
        finally
        {
            foreach (Peer peer in all)
                await peer.DisposeAsync();
        }

        report.Print();
        return 0;
    }

    private static Peer Create(string name, PeerOptions options) => name switch
    {
        "redis" => new Redis(options),
        "garnet" => new Garnet(options),
        "etcd" => new EtcdPeer(options),
        _ => new PostgresPeer(options),
    };

    private static async Task MeasureAsync(CompareOptions options, CompareReport report, CancellationToken cancellationToken)
    {
        foreach (Peer peer in report.Peers)
        {
            Console.Error.WriteLine($"starting {peer.Name}");
            await peer.StartAsync(cancellationToken);
            await ClosedLoad.FillAsync(peer.WriteAsync, 64, options.Of.Keys);
            foreach (string mix in options.Mixes)
                await WarmAsync(Ask(peer, mix), options.InFlight.Max(), options.Of.Keys, StartLimit, cancellationToken);
        }

        foreach (string mix in options.Mixes)
        {
            foreach (int inFlight in options.InFlight)
            {
                foreach (Peer peer in report.Peers)
                    await WarmAsync(Ask(peer, mix), inFlight, options.Of.Keys, WarmLimit, cancellationToken);

                Console.Error.WriteLine($"measuring {mix}, {inFlight} in flight");
                for (int round = 0; round < options.Rounds; round++)
                {
                    foreach (Peer peer in report.Peers)
                    {
                        report.Add(peer, mix, inFlight, await RoundAsync(
                            Ask(peer, mix), inFlight, options.Of.Keys, options.Duration, cancellationToken));
                    }
                }
            }
        }
    }

    internal static async Task WarmAsync(
        Func<int, Task> ask, int inFlight, int keys, TimeSpan limit, CancellationToken cancellationToken)
    {
        await using ClosedLoad load = new(ask, inFlight, keys);
        await load.WarmAsync(limit, cancellationToken);
    }

    internal static async Task<RoundResult> RoundAsync(
        Func<int, Task> ask, int inFlight, int keys, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using ClosedLoad load = new(ask, inFlight, keys);
        await load.RateAsync(RoundWarmUp, cancellationToken);
        return RoundResult.Of(await load.RecordAsync(Task.Delay(duration, cancellationToken)));
    }

    private static Func<int, Task> Ask(Peer peer, string mix) => mix == "write" ? peer.WriteAsync : peer.ReadAsync;
}
