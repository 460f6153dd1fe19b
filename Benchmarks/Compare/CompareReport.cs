using System.Globalization;
using System.Text.Json;

namespace OrleansShards.Benchmarks.Compare;

/// <summary>The rounds of all peers, and what they come to.</summary>
internal sealed class CompareReport(CompareOptions options, IReadOnlyList<Peer> peers)
{
    private static readonly Aim[] Aims =
    [
        new("writes, 64 in flight, to Garnet", "write", 64, "Garnet", Bound: 1.0),
        new("writes, 256 in flight, to Garnet", "write", 256, "Garnet", Bound: 1.0),
        new("writes, 64 in flight, to etcd", "write", 64, "etcd", Bound: 4),
        new("writes, 64 in flight, to PostgreSQL", "write", 64, "PostgreSQL", Bound: 8),
        new("p50 of writes, 1 in flight, to Redis", "write", 1, "Redis", Bound: 1.2, OfLatency: true),
        new("reads, 64 in flight, to Garnet", "read", 64, "Garnet", Bound: 0.8),
        new("reads, 256 in flight, to Garnet", "read", 256, "Garnet", Bound: 1.0),
    ];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly Dictionary<(string Peer, string Mix, int InFlight), List<RoundResult>> _rounds = [];

    internal IReadOnlyList<Peer> Peers => peers;

    /// <summary>A line for each peer that is not installed.</summary>
    internal List<string> LeftOut { get; } = [];

    internal void Add(Peer peer, string mix, int inFlight, RoundResult round)
    {
        if (!_rounds.TryGetValue((peer.Name, mix, inFlight), out List<RoundResult>? rounds))
            _rounds[(peer.Name, mix, inFlight)] = rounds = [];

        rounds.Add(round);
    }

    internal void Print()
    {
        if (options.Json)
            PrintJson();
        else
            PrintTables();
    }

    private void PrintTables()
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Of.Keys:N0} keys, values of {options.Of.ValueBytes} bytes, {options.Of.Shards} shards, {options.Rounds} rounds "
            + $"of {options.Duration.TotalSeconds:0.#} s{Delay()}, {Environment.ProcessorCount} processors"));
        Console.WriteLine();
        Console.WriteLine("| | requests/s | slowest to fastest round | p50 ms | p99 ms | to this store |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
        foreach (Cell cell in Cells())
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {cell.Mix}, {cell.InFlight}, {cell.Peer} | {cell.Median.RequestsPerSecond:N0} "
                + $"| {cell.SlowestPerSecond:N0} to {cell.FastestPerSecond:N0} "
                + $"| {cell.Median.P50Ms:0.00} | {cell.Median.P99Ms:0.00} | {cell.ToThisStore:0.00} |"));
        }

        Console.WriteLine();
        Console.WriteLine("| this store's | ratio | aim |");
        Console.WriteLine("| --- | --- | --- |");
        foreach ((Aim aim, double ratio) in Ratios())
        {
            string sign = aim.OfLatency ? "≤" : "≥";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {aim.What} | {ratio:0.00} | {sign} {aim.Bound:0.0} |"));
        }

        Console.WriteLine();
        Console.WriteLine("| | a write is durable by | client |");
        Console.WriteLine("| --- | --- | --- |");
        foreach (Peer peer in peers)
            Console.WriteLine($"| {peer.Name} | {peer.Durability} | {peer.Client} |");

        LeftOut.ForEach(Console.WriteLine);
    }

    private void PrintJson() => Console.WriteLine(JsonSerializer.Serialize(
        new
        {
            options.Of.Keys,
            options.Of.ValueBytes,
            options.Of.Shards,
            StoreDelayMs = options.Of.StoreDelay.TotalMilliseconds,
            options.Rounds,
            Seconds = options.Duration.TotalSeconds,
            Environment.ProcessorCount,
            Cells = Cells(),
            Aims = Ratios().Select(static pair => new { pair.Aim.What, pair.Ratio, pair.Aim.Bound, AtMost = pair.Aim.OfLatency }),
            Peers = peers.Select(static peer => new { peer.Name, peer.Durability, peer.Client }),
            LeftOut,
        },
        Json));

    private IEnumerable<Cell> Cells() =>
        from mix in options.Mixes
        from inFlight in options.InFlight
        from peer in peers
        let rounds = _rounds[(peer.Name, mix, inFlight)]
        let median = RoundResult.Median(rounds)
        select new Cell(
            mix,
            inFlight,
            peer.Name,
            median,
            rounds.Min(static round => round.RequestsPerSecond),
            rounds.Max(static round => round.RequestsPerSecond),
            Ratio((peer.Name, mix, inFlight), (ShardsPeer.PeerName, mix, inFlight), static round => round.RequestsPerSecond));

    private IEnumerable<(Aim Aim, double Ratio)> Ratios()
    {
        foreach (Aim aim in Aims.Where(aim => _rounds.ContainsKey((aim.Peer, aim.Mix, aim.InFlight))))
        {
            yield return (aim, Ratio(
                (ShardsPeer.PeerName, aim.Mix, aim.InFlight),
                (aim.Peer, aim.Mix, aim.InFlight),
                aim.OfLatency ? static round => round.P50Ms : static round => round.RequestsPerSecond));
        }
    }

    /// <summary>
    /// The median of the rounds' ratios: those of one round were measured one after the other, while the machine's other work was
    /// about the same.
    /// </summary>
    private double Ratio(
        (string Peer, string Mix, int InFlight) one, (string Peer, string Mix, int InFlight) other, Func<RoundResult, double> of) =>
        _rounds[one].Zip(_rounds[other], (first, second) => of(first) / of(second)).Order().ElementAt(_rounds[one].Count / 2);

    private string Delay() => options.Of.StoreDelay == TimeSpan.Zero
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", every flush {options.Of.StoreDelay.TotalMilliseconds:0.###} ms longer");

    /// <summary>A ratio of this store to a peer, and what it should be.</summary>
    private sealed record Aim(string What, string Mix, int InFlight, string Peer, double Bound, bool OfLatency = false);

    private sealed record Cell(
        string Mix, int InFlight, string Peer, RoundResult Median, double SlowestPerSecond, double FastestPerSecond, double ToThisStore);
}
