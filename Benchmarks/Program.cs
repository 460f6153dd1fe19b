using System.CommandLine;
using OrleansShards.Benchmarks;
using OrleansShards.Benchmarks.Failures;
using OrleansShards.Benchmarks.Moves;

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
Option<string[]> siloMixes = new("--mix")
{
    Description = "What is asked: write or read.",
    DefaultValueFactory = static _ => ["write", "read"],
    AllowMultipleArgumentsPerToken = true,
};
Command silo = new("silo", "Requests a second and latency of a client process against a silo process, durable.")
{
    script, inFlight, siloMixes, seconds, rounds,
};
silo.SetAction(parsed => OrleansShards.Benchmarks.Silos.SiloBenchmark.Run(
    parsed.GetValue(script)!.FullName,
    parsed.GetValue(siloMixes)!,
    parsed.GetValue(inFlight)!,
    parsed.GetValue(rounds),
    TimeSpan.FromSeconds(parsed.GetValue(seconds))));
command.Subcommands.Add(silo);

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
Option<int> valueBytes = new("--value-bytes")
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
    loaded, loadedShards, valueBytes, sessions,
};
content.SetAction(parsed => ContentBenchmark.Run(
    parsed.GetValue(loaded), parsed.GetValue(loadedShards), parsed.GetValue(valueBytes), parsed.GetValue(sessions)));
command.Subcommands.Add(content);
return command.Parse(args).Invoke();
