using System.Collections.Immutable;
using OrleansShards.Core.Json;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Histories;
using OrleansShards.Simulation.Workload;

namespace OrleansShards.Simulation.Exploring;

/// <summary>The worlds that can be explored.</summary>
internal static class SmallWorlds
{
    private const string Key = "k";

    private static readonly ShardId Shard = new(0);
    private static readonly GroupId Source = new("g1");
    private static readonly GroupId Target = new("g2");
    private static readonly MasterName Primary = new("n1");
    private static readonly MasterName Shadow = new("n2");
    private static readonly Moment Decision = new("the request to decide the move", static request => request is DecideMove);

    private static readonly ClientRequest Locate = new ClientRequest.OfPrimary(new LocateShard(Shard, Source));
    private static readonly ClientRequest Migrate = new ClientRequest.OfPrimary(new MigrateShard(Shard, Target));
    private static readonly ClientRequest Retried = OnKey(KeyOperation.CompareAndSet(Key, "1", "2", createIfAbsent: false), 1);

    internal static IReadOnlyList<SmallWorld> All { get; } =
    [
        Deposed(), Stale(), Resent(), Crash(Failover(), "primary", "n1"), Crash(Failover(), "shadow", "n2"), Switchover(), Untaken(),
        Move(), Crash(Move(), "primary", "n1"), Crash(Move(), "source", "g1/0"), Crash(Move(), "target", "g2/0"),
        Commit(), Crash(Commit(), "source", "g1/0"), Crash(Commit(), "target", "g2/0"),
        Crash(Decide(), "primary", "n1"),
        Crash(Commanded("release", "the source releases the shard that was moved, and the target is paused", "g2/0"), "primary", "n1"),
        Crash(Commanded("serve", "the target serves the shard that was moved, and the source is paused", "g1/0"), "primary", "n1"),
        Lost(), Retry(), Readers(), Cancel(),
    ];

    private static SmallWorld Deposed() => new("deposed", "two masters, and a deposed one's last put")
    {
        Masters = 2,
        Clients =
        [
            [AtPrimary(new LocateShard(Shard, Source))],
            [AtShadow(new TriggerFailover(Primary)), AtShadow(new LocateShard(Shard, Target))],
        ],
        DoubtfulPuts = 1,
        Check = CheckOwner,
    };

    private static SmallWorld Stale() => Deposed() with
    {
        Name = "stale",
        Text = "two masters, and a deposed one that is asked where the shard is",
        Clients = [[AtPrimary(new QueryShard(Shard))], Deposed().Clients[1]],
        DoubtfulPuts = 0,
    };

    private static SmallWorld Resent() => Deposed() with
    {
        Name = "resent",
        Text = "two masters, and a request that is repeated, as its answer got lost, while the other one takes over",
        DoubtfulPuts = 0,
        LostAnswers = 1,
    };

    private static SmallWorld Failover() => Deposed() with
    {
        Name = "failover",
        Text = "two masters, and a takeover",
        Clients = [Deposed().Clients[0], [AtShadow(new TriggerFailover(Primary))]],
        DoubtfulPuts = 0,
    };

    private static SmallWorld Switchover() => Deposed() with
    {
        Name = "switchover",
        Text = "two masters, and a switchover while the primary decides; its clock may go on beyond the limit",
        Clients = [[AtPrimary(new LocateShard(Shard, Source))], [AtPrimary(new Switchover(Shadow))]],
        Ticks = Ticks(("n1", [600])),
        DoubtfulPuts = 0,
    };

    private static SmallWorld Untaken() => Switchover() with
    {
        Name = "untaken",
        Text = "two switchovers that the shadow does not take, as it is paused, and a put that the store refuses",
        Clients = [Deposed().Clients[0], [AtPrimary(new Switchover(Shadow)), AtPrimary(new Switchover(Shadow))]],
        RefusedPuts = 1,
        PausedThroughout = Shadow.Value,
    };

    private static SmallWorld Move() => new("move", "a move's copy, seal and ready; the source's seal may last too long")
    {
        Masters = 1,
        Groups = 2,
        Before = [Locate, Write("1")],
        Clients = [[Migrate]],
        Until = Decision,
        Ticks = Ticks(("g1/0", [600])),
        Check = CheckKey,
    };

    private static SmallWorld Commit() => Move() with
    {
        Name = "commit",
        Text = "a move's commit; the source's seal may last too long",
        From = Decision,
        Until = null,
    };

    private static SmallWorld Decide() => Commit() with
    {
        Name = "decide",
        Text = "a move's decision, until the primary commands the commit",
        Until = Command(MoveCommand.Commit),
    };

    private static SmallWorld Commanded(string name, string text, string paused) => Commit() with
    {
        Name = name,
        Text = text,
        From = Command(MoveCommand.Commit),
        PausedThroughout = paused,
    };

    private static SmallWorld Crash(SmallWorld world, string party, string node) => world with
    {
        Name = $"{world.Name}-{party}",
        Text = $"{world.Text.Split(';')[0]}, while its {party} crashes",
        Ticks = Ticks(),
        MayCrash = [node],
        Crashes = 1,
    };

    private static SmallWorld Lost() => new("lost", "a client's request, its lost answer, and its repetition by the router")
    {
        Masters = 1,
        Groups = 2,
        Before = [Locate, Write("1")],
        Clients = [[OnKey(KeyOperation.CompareAndSet(Key, "1", "2", createIfAbsent: false))]],
        Ticks = Ticks(("gateway1", [100])),
        LostAnswers = 1,
        Check = CheckKey,
    };

    private static SmallWorld Retry() => new("retry", "a client repeats a request, while its shard moves and the primary is paused")
    {
        Masters = 1,
        Groups = 2,
        Before = [Locate, Write("1"), Retried],
        Clients = [[Migrate], [Retried]],
        From = Command(MoveCommand.Commit),
        PausedThroughout = Primary.Value,
        Check = CheckKey,
    };

    private static SmallWorld Readers() => new(
        "readers", "the target has taken a write while the source was paused; a client reads through a router that knows of no move")
    {
        Masters = 1,
        Groups = 2,
        Gateways = 3,
        Strangers = 1,
        Before = [Locate, Write("1")],
        Clients = [[Migrate], [OnKey(KeyOperation.Read(Key))], [Write("2")]],
        From = Command(MoveCommand.Commit),
        Paused = ("g1/0", 2),
        Check = CheckKey,
    };

    private static SmallWorld Cancel() => new(
        "cancel", "a move that is cancelled, while a command of it is still on its way and the source is paused")
    {
        Masters = 1,
        Groups = 2,
        Before = [Locate, Write("1")],
        Clients = [[Migrate, new ClientRequest.OfPrimary(new MigrateShard(Shard, Source) { Cancels = true })]],
        From = Command(MoveCommand.Copy),
        Ticks = Ticks(("n1", [250])),
        PausedThroughout = "g1/0",
        Check = CheckKey,
    };

    private static ClientRequest.OfMaster AtPrimary(Message request) => new ClientRequest.OfMaster(Primary, request);

    private static ClientRequest.OfMaster AtShadow(Message request) => new ClientRequest.OfMaster(Shadow, request);

    private static Moment Command(MoveCommand command) => new(
        $"the command to {command.ToString().ToLowerInvariant()}", request => request is DriveMove drive && drive.Command == command);

    private static ClientRequest.OnKey Write(string value) => OnKey(KeyOperation.Write(Key, value));

    private static ClientRequest.OnKey OnKey(KeyCommand command, long sequence = 0) =>
        new(command, Shard, sequence == 0 ? SessionTag.None : new SessionTag(SessionKind.Client, "c1", sequence));

    private static ImmutableSortedDictionary<string, ImmutableArray<int>> Ticks(params (string Node, int[] Jumps)[] ticks) =>
        ticks.ToImmutableSortedDictionary(
            static one => one.Node, static one => one.Jumps.ToImmutableArray(), StringComparer.Ordinal);

    /// <summary>
    /// A shard gets one owner: whoever is told of one is told of this one, and who asks after that is told of one. It is not the choice of
    /// somebody who was refused.
    /// </summary>
    private static void CheckOwner(ExploredHistory history, World world)
    {
        GroupId? final = world.Store.Of(LogName.Master).Truth.Master!.Find(Shard)?.Owner;
        int known = int.MaxValue;
        foreach (ExploredHistory.Asked asked in history.All.OrderBy(static asked => asked.EndedAt))
        {
            if (asked is { Outcome: ClientOutcome.NotApplied, Request: ClientRequest.OfMaster { Request: LocateShard refused } }
                && final is not null && refused.Prefer == final)
            {
                throw new ViolationException(
                    "linearizable", $"client {asked.Client + 1} was refused, and the owner is {final}, as it wanted");
            }

            if (asked.Outcome is not ClientOutcome.Applied { Reply: ShardOwner reply })
                continue;

            if (reply.Owner is { } owner && owner != final)
                throw new ViolationException("linearizable", $"client {asked.Client + 1} was told of {owner}, and the owner is {final}");

            if (reply.Owner is null && asked.BeganAt > known)
            {
                throw new ViolationException(
                    "linearizable", $"client {asked.Client + 1} was told of no owner, after {final} had been named");
            }

            known = reply.Owner is null ? known : Math.Min(known, asked.EndedAt);
        }
    }

    /// <summary>What clients saw of the key, with the value that it has at the end, is linearizable.</summary>
    private static void CheckKey(ExploredHistory history, World world)
    {
        HistoryBuilder builder = new();
        builder.Return(builder.Invoke(0, Key, KeyVerb.Write, "1", null, false, 0), 0, OperationResult.Done);
        foreach (ExploredHistory.Asked asked in history.All.Where(static asked => asked.Request is ClientRequest.OnKey))
            Add(builder, asked);

        ShardState serving = OwnershipChecker.Serving(world, Shard).Single().Shard!;
        int last = builder.Invoke(99, Key, KeyVerb.Read, null, null, false, int.MaxValue);
        string? value = KeyOperation.TextOf(serving.Read(JsonOf(Key)).Value);
        builder.Return(last, int.MaxValue, value is null ? OperationResult.Absent : OperationResult.Done, value);
        if (LinearizabilityChecker.Check(builder.Operations).Violations is [var first, ..])
            throw new ViolationException(first.Rule, first.Text);
    }

    private static void Add(HistoryBuilder builder, ExploredHistory.Asked asked)
    {
        KeyCommand command = ((ClientRequest.OnKey)asked.Request).Command;
        (string? value, string? expected) = (KeyOperation.TextOf(command.Value), KeyOperation.TextOf(command.Expected));
        int index = builder.Invoke(asked.Client + 1, Key, command.Verb, value, expected, command.CreateIfAbsent, asked.BeganAt);
        switch (asked.Outcome)
        {
            case ClientOutcome.Applied { Reply: KeyReply reply }:
                builder.Return(index, asked.EndedAt, OperationResult.Done, KeyOperation.TextOf(reply.Value));
                break;
            case ClientOutcome.Rejected { Reply: KeyReply { Verdict: KeyVerdict.Absent } }:
                builder.Return(index, asked.EndedAt, OperationResult.Absent);
                break;
            case ClientOutcome.Rejected { Reply: KeyReply { Verdict: KeyVerdict.Differs } reply }:
                builder.Return(index, asked.EndedAt, OperationResult.Differs, KeyOperation.TextOf(reply.Value));
                break;
            case ClientOutcome.NotApplied:
                builder.Forget(index);
                break;
            case ClientOutcome.Unknown:
                break;
            default:
                throw new ViolationException("outcomes-make-sense", $"{Wording.Of(asked.Request)} ended with {asked.Outcome}");
        }
    }

    private static JsonText JsonOf(string key) => JsonText.Parse($"\"{key}\"");
}
