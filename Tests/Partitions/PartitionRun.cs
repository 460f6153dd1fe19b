using System.Diagnostics;
using System.Globalization;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Tests.Orleans.Failures;
using OrleansShards.Tests.Orleans.Kills;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Partitions;

/// <summary>
/// Disturbs the network of a cluster under load, each time until it is felt and then for a while, and lets everything come back. All
/// shapes and all company first, then what is drawn.
/// </summary>
internal sealed class PartitionRun(PartitionedCluster cluster, Recorder recorder, Workload workload, int seed)
{
    private const int AnswersBetween = 100;
    private const int Shards = 16;
    private const string SlowRate = "256kbit";

    private static readonly Disturbance[] Plan =
    [
        new(Shape.SiloFromSilos, Company.Moves, true), new(Shape.SiloFromDatabase, Company.None, true),
        new(Shape.SiloFromClients, Company.Kill, false), new(Shape.SiloUnheard, Company.Moves, true),
        new(Shape.SiloDeaf, Company.None, false), new(Shape.SiloFromAll, Company.Stop, true),
        new(Shape.HalfWithoutDatabase, Company.Moves, true), new(Shape.HalfWithDatabase, Company.ClockJump, true),
        new(Shape.Flapping, Company.None, true), new(Shape.SlowLink, Company.Moves, false),
        new(Shape.Loss, Company.Kill, false), new(Shape.Duplication, Company.None, false),
        new(Shape.Reordering, Company.Moves, false),
    ];

    private static readonly int[] EventsOfCuts =
        [LogEvents.MembersChanged, LogEvents.TermChanged, LogEvents.StoreFails, LogEvents.SiloStopped];

    private readonly Random _draws = new(seed);
    private readonly List<Suffered> _suffered = [];
    private int _movesTaken;
    private int _clockJumps;

    /// <summary>What was done so far.</summary>
    internal IReadOnlyList<Suffered> Suffered => _suffered;

    private ProcessCluster Processes => cluster.Processes;

    /// <summary>The whole plan once, and then for so long.</summary>
    internal async Task RunAsync(TimeSpan time)
    {
        long startedAt = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < Plan.Length || Stopwatch.GetElapsedTime(startedAt) < time; turn++)
        {
            await ServeAsync();
            await ApplyAsync(turn < Plan.Length ? Plan[turn] : Draw());
        }
    }

    /// <summary>What a run is worth nothing without: everything was done, met packets, and was felt above them.</summary>
    internal IEnumerable<string> Gaps()
    {
        foreach (Shape shape in Enum.GetValues<Shape>())
        {
            if (!_suffered.Exists(one => one.Disturbance.Shape == shape && one is { Packets: > 0, Effects: > 0 }))
                yield return $"{shape} was never felt";
        }

        foreach (Company company in Enum.GetValues<Company>())
        {
            if (!_suffered.Exists(one => one.Disturbance.Company == company))
                yield return $"{company} never went with a disturbance";
        }

        if (_clockJumps == 0 && PartitionedCluster.HasClock)
            yield return "no silo's clock was seen to have jumped";

        if (_movesTaken == 0 || Processes.Logged(LogEvents.MoveEnded) == 0)
            yield return "no shard was moved";

        if (Processes.Logged(LogEvents.TermChanged) < 2)
            yield return "nobody took the primary's place";
    }

    /// <summary>How often each fault was done and felt.</summary>
    internal string Summary()
    {
        IEnumerable<string> shapes = _suffered.GroupBy(static one => one.Disturbance.Shape).Select(static group =>
            $"{group.Key}: {group.Count()} times, felt {group.Count(static one => one is { Packets: > 0, Effects: > 0 })}; "
            + $"{group.Sum(static one => one.Packets)} packets {WordOf(group.Key)}, "
            + $"{group.Sum(static one => one.Effects)} {EffectOf(group.Key)}; "
            + $"all served after {Blow.Summary(group.Select(static one => one.Recovered))}");
        string company = string.Join(
            ", ", _suffered.CountBy(static one => one.Disturbance.Company).Select(static one => $"{one.Key} {one.Value}"));
        string clock = PartitionedCluster.HasClock ? $"{_clockJumps} clock jumps seen" : "no clock jumped, as libfaketime is not installed";
        return $"{string.Join('\n', shapes)}\nwith it: {company}; {clock}; {_movesTaken} moves begun; the silos' logs have "
            + $"{Processes.Logged(LogEvents.TermChanged)} changes of term, {Processes.Logged(LogEvents.MembersChanged)} of members, "
            + $"{Processes.Logged(LogEvents.StoreFails)} failures of the store, {Processes.Logged(LogEvents.MoveEnded)} ends of moves and "
            + $"{Processes.Logged(LogEvents.MoveAborted)} aborted ones; {Processes.Starts} processes were started";
    }

    private static string WordOf(Shape shape) => shape switch
    {
        Shape.SlowLink or Shape.Reordering => "delayed",
        Shape.Duplication => "doubled",
        Shape.Loss or Shape.SiloFromSilos or Shape.SiloFromDatabase or Shape.SiloFromClients or Shape.SiloFromAll or Shape.SiloUnheard
            or Shape.SiloDeaf or Shape.HalfWithoutDatabase or Shape.HalfWithDatabase or Shape.Flapping => "dropped",
    };

    private static string EffectOf(Shape shape) => shape switch
    {
        Shape.SlowLink => "waited for room",
        Shape.Loss => "segments sent again",
        Shape.Duplication => "segments seen twice",
        Shape.Reordering => "segments seen out of order",
        Shape.SiloFromSilos or Shape.SiloFromDatabase or Shape.SiloFromClients or Shape.SiloFromAll or Shape.SiloUnheard
            or Shape.SiloDeaf or Shape.HalfWithoutDatabase or Shape.HalfWithDatabase or Shape.Flapping
            => "attempts disturbed, and changes of term or members and failures of the store logged",
    };

    private Disturbance Draw() => new(
        _draws.GetItems(Enum.GetValues<Shape>(), 1)[0], _draws.GetItems(Enum.GetValues<Company>(), 1)[0], _draws.Next(2) == 0);

    private async Task ApplyAsync(Disturbance what)
    {
        SiloSlot primary = await Processes.PrimaryAsync();
        SiloSlot[] others = [.. Processes.Silos.Where(silo => silo != primary)];
        SiloSlot victim = what.OfPrimary ? primary : others[_draws.Next(others.Length)];
        SiloSlot[] rest = [.. Processes.Silos.Where(silo => silo != victim)];
        SiloSlot companion = rest[_draws.Next(rest.Length)];
        int attempts = Processes.Counts.Disturbed;
        long effects = Effects(what.Shape);
        long at = Stopwatch.GetTimestamp();

        if (what.Company == Company.Moves)
            await MoveAsync(companion, victim);

        LinkFault fault = FaultOf(what.Shape, victim.Group);
        cluster.Faults.Apply(SlowRate, fault);
        await BeginAsync(what.Company, companion);
        long packets = await LastAsync(what.Shape, fault, effects);
        cluster.Faults.Heal();
        End(what.Company, companion);
        TimeSpan lasted = Stopwatch.GetElapsedTime(at);

        await Processes.SettledAsync(Condition.Limit);
        _suffered.Add(new Suffered(
            what, victim.Group, lasted, packets, Effects(what.Shape) - effects, Processes.Counts.Disturbed - attempts,
            Stopwatch.GetElapsedTime(at) - lasted));
    }

    /// <summary>Lets it last until it is felt, and for a while. How many packets it has met.</summary>
    private async Task<long> LastAsync(Shape shape, LinkFault fault, long effects)
    {
        long packets = 0;
        if (shape == Shape.Flapping)
        {
            for (int turn = 0; turn < 6; turn++)
            {
                await Condition.PassesAsync(TimeSpan.FromMilliseconds(_draws.Next(200, 700)));
                packets += cluster.Faults.Counts().Values.Sum();
                cluster.Faults.Heal();
                await Condition.PassesAsync(TimeSpan.FromMilliseconds(_draws.Next(100, 400)));
                cluster.Faults.Apply(SlowRate, fault);
            }
        }

        await Condition.HoldsAsync(
            () => packets + cluster.Faults.Counts().Values.Sum() > 0 && Effects(shape) > effects,
            () => $"{shape} is felt; {cluster.Faults.Counts().Values.Sum()} packets\n{Processes.Told()}");
        await Condition.PassesAsync(TimeSpan.FromMilliseconds(_draws.Next(1_000, 3_000)));
        return packets + cluster.Faults.Counts().Values.Sum();
    }

    /// <summary>What is seen of a shape above the packets, since the start.</summary>
    private long Effects(Shape shape) => shape switch
    {
        Shape.SlowLink => cluster.Nodes.Sum(node => cluster.Faults.Waited(node.Name)),
        Shape.Loss => cluster.Count("RetransSegs"),
        Shape.Duplication => cluster.Count("TCPDSACKOldSent") + cluster.Count("TCPDSACKOfoSent"),
        Shape.Reordering => cluster.Count("TCPOFOQueue"),
        Shape.SiloFromSilos or Shape.SiloFromDatabase or Shape.SiloFromClients or Shape.SiloFromAll or Shape.SiloUnheard
            or Shape.SiloDeaf or Shape.HalfWithoutDatabase or Shape.HalfWithDatabase or Shape.Flapping
            => Processes.Counts.Disturbed + EventsOfCuts.Sum(Processes.Logged),
    };

    private static LinkFault FaultOf(Shape shape, string victim)
    {
        string[] silos = [.. PartitionedCluster.SiloNames.Where(name => name != victim)];
        string[] clients = PartitionedCluster.Clients;
        string[] others = [.. silos, PartitionedCluster.Database, .. clients];
        string[] all = [victim, .. others];
        return shape switch
        {
            Shape.SiloFromSilos => Cut(Link.Between([victim], silos)),
            Shape.SiloFromDatabase => Cut(Link.Between([victim], [PartitionedCluster.Database])),
            Shape.SiloFromClients => Cut(Link.Between([victim], clients)),
            Shape.SiloFromAll or Shape.Flapping => Cut(Link.Between([victim], others)),
            Shape.SiloUnheard => Cut(others.Select(other => new Link(victim, other))),
            Shape.SiloDeaf => Cut(others.Select(other => new Link(other, victim))),
            Shape.HalfWithoutDatabase =>
                Cut(Link.Between([victim, clients[0]], [.. silos, PartitionedCluster.Database, clients[1]])),
            Shape.HalfWithDatabase =>
                Cut(Link.Between([victim, PartitionedCluster.Database, clients[0]], [.. silos, clients[1]])),
            Shape.SlowLink => new LinkFault(LinkFaultKind.Slowness, [.. Link.Between([victim], others)]),
            Shape.Loss => new LinkFault(LinkFaultKind.Loss, Everywhere(all)),
            Shape.Duplication => new LinkFault(LinkFaultKind.Duplication, Everywhere(all)),
            Shape.Reordering => new LinkFault(LinkFaultKind.Reordering, Everywhere(all)),
        };
    }

    private static LinkFault Cut(IEnumerable<Link> links) => new(LinkFaultKind.Cut, [.. links]);

    private static Link[] Everywhere(string[] all) =>
        [.. all.SelectMany(from => all.Where(to => to != from).Select(to => new Link(from, to)))];

    private async Task MoveAsync(SiloSlot asked, SiloSlot victim)
    {
        int to = Array.IndexOf(PartitionedCluster.SiloNames, victim.Group);
        for (int move = 0; move < 4; move++)
            _movesTaken += await ProcessCluster.MoveAsync(asked, _draws.Next(Shards), move % 2 == 0 ? to : (to + 1) % 3) ? 1 : 0;
    }

    private async Task BeginAsync(Company company, SiloSlot companion)
    {
        switch (company)
        {
            case Company.Kill:
                companion.Kill();
                break;
            case Company.Stop:
                companion.Stop();
                break;
            case Company.ClockJump when PartitionedCluster.HasClock:
                await JumpAsync();
                break;
            case Company.ClockJump or Company.Moves or Company.None:
                break;
        }
    }

    private static void End(Company company, SiloSlot companion)
    {
        if (company == Company.Stop)
            companion.Continue();

        companion.HoldsBack = false;
    }

    private async Task JumpAsync()
    {
        TimeSpan off = TimeSpan.FromMinutes(_draws.Next(3, 12) * (_draws.Next(2) == 0 ? -1 : 1));
        SiloSlot silo = Processes.Silos.Single(static silo => silo.Group == PartitionedCluster.ClockOf);
        TimeSpan? seen = null;
        cluster.SetClock(off);
        await Condition.HoldsAsync(
            async () => (seen = await silo.ClockAsync() - DateTimeOffset.UtcNow) is { } by
                && (by - off).Duration() < TimeSpan.FromMinutes(1),
            () => string.Create(CultureInfo.InvariantCulture, $"{silo.Group}'s clock is off by {off}; seen {seen}"));
        _clockJumps++;
    }

    private async Task ServeAsync()
    {
        int wanted = recorder.Answered + AnswersBetween;
        await Condition.HoldsAsync(
            () => recorder.Answered > wanted || workload.Failed.IsFaulted,
            () => $"{wanted} answers; {recorder.Answered} came\n{Processes.Told()}");
        Assert.False(workload.Failed.IsFaulted, workload.Failed.Exception?.ToString());
    }
}
