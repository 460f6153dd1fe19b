using System.CommandLine;
using OrleansShards.Benchmarks;
using OrleansShards.Benchmarks.Compare;
using OrleansShards.Benchmarks.Failures;
using OrleansShards.Benchmarks.Moves;
using OrleansShards.Benchmarks.Steady;

Option<FileInfo> gateway = new("--gateway")
{
    Description = "The script or program to be measured; its stdin and stdout are the protocol.",
    DefaultValueFactory = static _ => new FileInfo("run.sh"),
};
Option<int[]> inFlight = new("--in-flight")
{
    Description = "Requests under way at once, each from a source of its own.",
    DefaultValueFactory = static _ => [1, 64, 256],
    AllowMultipleArgumentsPerToken = true,
};
Option<string[]> mixes = new("--mix")
{
    Description = "What is asked: write, read, or mixed (half reads, four tenths writes, one tenth cas).",
    DefaultValueFactory = static _ => ["write", "mixed"],
    AllowMultipleArgumentsPerToken = true,
};
Option<double> seconds = new("--seconds")
{
    Description = "How long one round is measured, after a third of that for warming up.",
    DefaultValueFactory = static _ => 4,
};
Option<int> rounds = new("--rounds")
{
    Description = "Rounds of each kind, every one with a fresh gateway; the median is what counts.",
    DefaultValueFactory = static _ => 3,
};
Option<bool?> durable = new("--durable")
{
    Description = "Only with --data (true) or only in memory (false); both unless given.",
};

RootCommand command = new("Requests a second and latency through the gateway's pipe.")
{
    gateway, inFlight, mixes, seconds, rounds, durable,
};
command.SetAction(parsed => PipeBenchmark.Run(
    parsed.GetValue(gateway)!.FullName,
    parsed.GetValue(durable) is { } only ? [only] : [false, true],
    parsed.GetValue(mixes)!,
    parsed.GetValue(inFlight)!,
    parsed.GetValue(rounds),
    TimeSpan.FromSeconds(parsed.GetValue(seconds))));

Option<FileInfo> script = new("--script")
{
    Description = "The script that starts a silo when its first argument is `silo`.",
    DefaultValueFactory = static _ => new FileInfo("run.sh"),
};
Option<string[]> peers = new("--peers")
{
    Description = $"The stores beside this one: {string.Join(", ", CompareBenchmark.PeerNames)}, or none. Those that are not installed "
        + "are left out by name.",
    DefaultValueFactory = static _ => CompareBenchmark.PeerNames,
    AllowMultipleArgumentsPerToken = true,
};
Option<string[]> compareMixes = new("--mix")
{
    Description = "What is asked: write or read.",
    DefaultValueFactory = static _ => CompareBenchmark.Mixes,
    AllowMultipleArgumentsPerToken = true,
};
Option<double> compareSeconds = new("--seconds")
{
    Description = "How long one round is measured. Before the first one of each kind, the load runs until its rate is steady, 6 s at most.",
    DefaultValueFactory = static _ => 4,
};
Option<int> compareRounds = new("--rounds")
{
    Description = "Rounds of each kind, those of the peers in turn; the median is what counts.",
    DefaultValueFactory = static _ => 3,
};
Option<int> compareKeys = new("--keys")
{
    Description = "How many keys there are.",
    DefaultValueFactory = static _ => 1000,
};
Option<int> valueBytes = new("--value-bytes")
{
    Description = "The size of each value.",
    DefaultValueFactory = static _ => 100,
};
Option<int> shards = new("--shards")
{
    Description = "How many shards this store has.",
    DefaultValueFactory = static _ => 16,
};
Option<double> storeDelay = new("--store-delay-ms")
{
    Description = "How much longer every flush takes, of all peers: real disks need 0.5 to 5 ms. Needs strace, which slows a process down "
        + "itself; so look at what two delays differ by, and not at the difference to none.",
};
Option<bool> json = new("--json")
{
    Description = "Print JSON instead of tables.",
};
Command compare = new("compare", "This store and others side by side, durable: requests a second, latency and their ratios.")
{
    script, peers, compareMixes, inFlight, compareRounds, compareSeconds, compareKeys, valueBytes, shards, storeDelay, json,
};
compare.SetAction((parsed, cancellationToken) => CompareBenchmark.RunAsync(
    new CompareOptions(
        parsed.GetValue(peers)!,
        parsed.GetValue(compareMixes)!,
        parsed.GetValue(inFlight)!,
        parsed.GetValue(compareRounds),
        TimeSpan.FromSeconds(parsed.GetValue(compareSeconds)),
        new PeerOptions(
            parsed.GetValue(script)!.FullName,
            parsed.GetValue(compareKeys),
            parsed.GetValue(valueBytes),
            parsed.GetValue(shards),
            TimeSpan.FromMilliseconds(parsed.GetValue(storeDelay))),
        parsed.GetValue(json)),
    cancellationToken));
command.Subcommands.Add(compare);

Option<string[]> parts = new("--parts")
{
    Description = $"What is measured: {string.Join(", ", SteadyBenchmark.Parts)}.",
    DefaultValueFactory = static _ => SteadyBenchmark.Parts,
    AllowMultipleArgumentsPerToken = true,
};
Option<int> steadyKeys = new("--keys")
{
    Description = "How many keys there are while checkpoints are made.",
    DefaultValueFactory = static _ => 1_000_000,
};
Option<int[]> moveKeys = new("--move-keys")
{
    Description = "How many keys the shard has that is moved.",
    DefaultValueFactory = static _ => [10_000, 1_000_000],
    AllowMultipleArgumentsPerToken = true,
};
Option<int> steadyMoves = new("--moves")
{
    Description = "How often it is moved, back and forth.",
    DefaultValueFactory = static _ => 3,
};
Option<int> load = new("--in-flight")
{
    Description = "Writes under way at once while the store is watched.",
    DefaultValueFactory = static _ => 64,
};
Option<double> watched = new("--seconds")
{
    Description = "How long it is watched while checkpoints are made.",
    DefaultValueFactory = static _ => 60,
};
Option<int[]> shardCounts = new("--shards")
{
    Description = "Numbers of shards that are compared, with 256 writes in flight.",
    DefaultValueFactory = static _ => [1, 16, 64],
    AllowMultipleArgumentsPerToken = true,
};
Command steady = new("steady", "How steady durable writes are: at the start, through checkpoints and moves, with more shards.")
{
    script, parts, steadyKeys, moveKeys, steadyMoves, load, watched, shardCounts, compareRounds,
};
steady.SetAction((parsed, cancellationToken) => SteadyBenchmark.RunAsync(
    new SteadyOptions(
        parsed.GetValue(script)!.FullName,
        parsed.GetValue(parts)!,
        parsed.GetValue(steadyKeys),
        parsed.GetValue(moveKeys)!,
        parsed.GetValue(steadyMoves),
        parsed.GetValue(load),
        TimeSpan.FromSeconds(parsed.GetValue(watched)),
        parsed.GetValue(shardCounts)!,
        parsed.GetValue(compareRounds)),
    cancellationToken));
command.Subcommands.Add(steady);

Option<int[]> keys = new("--keys")
{
    Description = "How many keys of 100 bytes the shard has.",
    DefaultValueFactory = static _ => [10_000, 100_000, 1_000_000],
    AllowMultipleArgumentsPerToken = true,
};
Option<int> moves = new("--moves")
{
    Description = "How often it is moved, back and forth.",
    DefaultValueFactory = static _ => 20,
};
Option<int> clients = new("--clients")
{
    Description = "Clients that write to the shard meanwhile, each as fast as it is answered.",
    DefaultValueFactory = static _ => 4,
};
Option<int> largeValues = new("--large-values")
{
    Description = "Values that the shard has beside them, and that nobody writes while it is moved.",
    DefaultValueFactory = static _ => 0,
};
Option<int> largeBytes = new("--large-bytes")
{
    Description = "The size of each of those.",
    DefaultValueFactory = static _ => 4 << 20,
};
Option<int> deadline = new("--deadline-ms")
{
    Description = "After how long a client gives up a write: an error. 900 is a gateway's.",
    DefaultValueFactory = static _ => 5_000,
};
Command move = new("move", "How long no write is served while a shard is moved under load, durable, in this process.")
{
    keys, moves, clients, largeValues, largeBytes, deadline,
};
move.SetAction(parsed => MoveBenchmark.Run(parsed.GetValue(keys)!, parsed.GetValue(moves), new LoadOptions(
    parsed.GetValue(clients), parsed.GetValue(largeValues), parsed.GetValue(largeBytes),
    TimeSpan.FromMilliseconds(parsed.GetValue(deadline)))));
command.Subcommands.Add(move);

Option<int> nodes = new("--nodes")
{
    Description = "How many gateways are one cluster.",
    DefaultValueFactory = static _ => 5,
};
Command failures = new("failures", "How long what a gateway of a cluster served is not served when it is killed or stopped.")
{
    gateway, nodes, rounds,
};
failures.SetAction(parsed => FailureBenchmark.Run(
    parsed.GetValue(gateway)!.FullName, parsed.GetValue(nodes), parsed.GetValue(rounds)));
command.Subcommands.Add(failures);

Option<int[]> sizes = new("--nodes")
{
    Description = "How many gateways start at once; above one they are one cluster.",
    DefaultValueFactory = static _ => [1, 5],
    AllowMultipleArgumentsPerToken = true,
};
Option<int> starts = new("--rounds")
{
    Description = "How often each number of gateways is started.",
    DefaultValueFactory = static _ => 10,
};
Command start = new("start", "How long after its process has started a gateway has answered init.")
{
    gateway, sizes, starts,
};
start.SetAction(parsed => StartBenchmark.Run(
    parsed.GetValue(gateway)!.FullName, parsed.GetValue(sizes)!, parsed.GetValue(starts)));
command.Subcommands.Add(start);
Option<int> loaded = new("--keys")
{
    Description = "How many keys there are in all.",
    DefaultValueFactory = static _ => 1_000_000,
};
Option<int> loadedShards = new("--shards")
{
    Description = "Over how many shards they are spread.",
    DefaultValueFactory = static _ => 16,
};
Option<int> loadedBytes = new("--value-bytes")
{
    Description = "The size of each value.",
    DefaultValueFactory = static _ => 100,
};
Option<int> sessions = new("--sessions")
{
    Description = "How many sessions take turns with the writes; none unless given.",
};
Command content = new("content", "Bytes a key, entries a second and the longest one, in shards' states in this process, without a log.")
{
    loaded, loadedShards, loadedBytes, sessions,
};
content.SetAction(parsed => ContentBenchmark.Run(
    parsed.GetValue(loaded), parsed.GetValue(loadedShards), parsed.GetValue(loadedBytes), parsed.GetValue(sessions)));
command.Subcommands.Add(content);
return command.Parse(args).Invoke();
