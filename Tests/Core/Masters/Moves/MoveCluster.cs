using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;
using OrleansShards.Tests.Core.TestHost;
using static OrleansShards.Tests.Core.Masters.MasterCluster;

namespace OrleansShards.Tests.Core.Masters.Moves;

/// <summary>
/// Masters with copies of shards that obey: a target receives for ever, until the test settles the move; told of the
/// commit it serves and the source releases; told of an abort both discard. The test says otherwise where it wants to.
/// </summary>
internal sealed class MoveCluster
{
    internal static readonly GroupId G1 = new("g1");
    internal static readonly GroupId G2 = new("g2");
    internal static readonly GroupId G3 = new("g3");
    internal static readonly MoveReceipt Receipt = new(10, 2, 1000, 0xD16E57);

    internal MoveCluster(Func<MasterConfig, MasterConfig>? configure = null, bool single = false)
    {
        Masters = Founded(single, configure);
        Masters.Copies = address => new CopyStub(address, Answer);
    }

    internal MasterCluster Masters { get; }

    /// <summary>Who is asked; n1 unless a test has changed it.</summary>
    internal MasterName Primary { get; set; } = N1;

    internal MasterState State => Masters.Node(Primary).State;

    /// <summary>Every order that a copy has heard, with the group that heard it.</summary>
    internal List<(GroupId Copy, ShardId Shard, DriveMove Order)> Orders { get; } = [];

    /// <summary>Groups that answer nothing.</summary>
    internal HashSet<GroupId> Silent { get; } = [];

    /// <summary>The room of groups whose silos have a limit.</summary>
    internal Dictionary<GroupId, long> Rooms { get; } = [];

    /// <summary>Groups with a copy that holds or receives something.</summary>
    internal HashSet<GroupId> Holders { get; } = [];

    /// <summary>What a copy says instead; null for what it would say.</summary>
    internal Func<GroupId, DriveMove, Message?>? Says { get; set; }

    internal void Holds(GroupId group, params int[] shards)
    {
        foreach (int shard in shards)
            Ask<ShardOwner>(new ReportOwner(new ShardId(shard), group, new Epoch(1), false));
    }

    internal TReply Ask<TReply>(Message request) => Assert.IsType<TReply>(Masters.Ask(Primary, request));

    /// <summary>Where a copy is silent, the primary waits for its size first.</summary>
    internal MoveStatus Migrate(int shard, GroupId target)
    {
        TestCall asked = Masters.Nodes.Send(At(Primary), new MigrateShard(new ShardId(shard), target));
        Masters.Nodes.Run();
        for (int tick = 0; tick < 12 && asked.Reply is null; tick++)
            Advance(0.1);

        return Assert.IsType<MoveStatus>(asked.Reply);
    }

    internal MoveStatus Status(int shard) => Ask<MoveStatus>(new QueryMove(new ShardId(shard)));

    internal ShardMove Active(int shard) => State.ActiveMoves[shard];

    internal MoveDecision Decide(int shard, ulong granted, MoveReceipt? receipt) => Ask<MoveDecided>(new DecideMove(
        new ShardId(shard), Active(shard).Id, new Epoch(granted), receipt)).Decision;

    internal void Advance(double seconds) => Masters.Advance(seconds);

    /// <summary>Lets time pass until something holds.</summary>
    internal void Until(Func<bool> holds, double limitSeconds = 60)
    {
        for (double spent = 0; !holds(); spent += 0.1)
        {
            Assert.True(spent < limitSeconds, $"not within {limitSeconds} s");
            Advance(0.1);
        }
    }

    internal IEnumerable<DriveMove> OrdersTo(GroupId copy, MoveCommand order) =>
        Orders.Where(heard => heard.Copy == copy && heard.Order.Command == order).Select(static heard => heard.Order);

    internal static MoveProgress Progress(DriveMove order, MoveStep step, long pauseUs = 0, string? obstacle = null) =>
        step == MoveStep.Serving
            ? new(order.Move, step, 0, 0, pauseUs, obstacle)
            : new(order.Move, step, 40, 100, pauseUs, obstacle);

    private Message? Answer(NodeAddress address, Message request)
    {
        GroupId copy = new(address.Name);
        if (request is DriveMove heard)
            Orders.Add((copy, new ShardId(address.Number), heard));

        return Silent.Contains(copy) ? null
            : request is QueryShardSize ? new ShardSize(address.Number, 1000 + address.Number)
            {
                Room = Rooms.TryGetValue(copy, out long room) ? room : null,
                Holds = Holders.Contains(copy),
            }
            : request is DriveMove order ? Says?.Invoke(copy, order) ?? Obey(copy, order)
            : null;
    }

    /// <summary>What a copy says that does what it is told.</summary>
    internal static Message? Obey(NodeAddress address, Message request) =>
        request is DriveMove order ? Obey(new GroupId(address.Name), order) : null;

    private static MoveProgress Obey(GroupId copy, DriveMove order) => order.Command switch
    {
        MoveCommand.Copy => Progress(order, MoveStep.Copying),
        MoveCommand.Commit when copy == order.Target => Progress(order, MoveStep.Serving, pauseUs: 1500),
        MoveCommand.Commit => Progress(order, MoveStep.Released),
        MoveCommand.Abort => Progress(order, MoveStep.Discarded),
        _ => throw new ArgumentOutOfRangeException(nameof(order), order.Command, "no such order"),
    };
}
