using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;
using OrleansShards.Core.Shards;

namespace OrleansShards.Tests.Core.Shards;

/// <summary>What a shard needs of a master, without a log: one map, kept by the test, that several of these may share.</summary>
internal sealed class FakeMaster(MasterName name, FakeMaster.Map map) : INode
{
    public NodeAddress Address => NodeAddress.Of(name);

    public void Step(Instant now, Event happened, List<Effect> effects)
    {
        if (happened is Event.Called call)
        {
            map.Asked.Add(call.Request);
            effects.Add(new Effect.Answer(call.Id, Answer(call.Request)));
        }
    }

    private Message Answer(Message request) => map.Unable.TryDequeue(out Message? unable)
        ? unable
        : map.Primary != name
        ? new NotPrimary(map.HintsAtPrimary ? map.Primary : null, map.Term, "not the primary")
        : request switch
        {
            LocateShard locate => map.Locate(locate),
            QueryShard query => map.Query(query.Shard),
            ReportOwner report => map.Report(report),
            DecideMove decide => map.Decide(decide),
            QueryMoveDecision query => map.Decision(query),
            ChangeRestore => map.Restore,
            _ => throw new ArgumentException(request.GetType().Name, nameof(request)),
        };

    internal sealed class Map
    {
        private readonly Dictionary<ShardId, ShardOwner> _owners = [];

        /// <summary>The seal that was committed, by move.</summary>
        internal Dictionary<MoveId, Epoch> Committed { get; } = [];

        /// <summary>The newest seal that was cancelled, by move.</summary>
        internal Dictionary<MoveId, Epoch> Cancelled { get; } = [];

        internal HashSet<MoveId> Aborted { get; } = [];

        /// <summary>The newest restore.</summary>
        internal RestoreStatus Restore { get; set; } = RestoreStatus.None;

        internal MasterName Primary { get; set; } = new("m1");

        internal Term Term { get; set; } = new(1);

        internal bool HintsAtPrimary { get; set; } = true;

        internal List<Message> Asked { get; } = [];

        /// <summary>What is answered before anything else is, one after the other.</summary>
        internal Queue<Message> Unable { get; } = new();

        internal ShardOwner Query(ShardId shard) =>
            _owners.GetValueOrDefault(shard, new ShardOwner(null, Epoch.None, false));

        internal ShardOwner Locate(LocateShard locate)
        {
            if (!_owners.TryGetValue(locate.Shard, out ShardOwner? owner))
            {
                owner = new ShardOwner(locate.Prefer ?? new GroupId("g1"), new Epoch(1), true);
                _owners.Add(locate.Shard, owner);
            }

            return owner;
        }

        internal MoveDecided Decide(DecideMove decide)
        {
            bool isOver = Aborted.Contains(decide.Move) || Committed.ContainsKey(decide.Move)
                || decide.Granted <= Cancelled.GetValueOrDefault(decide.Move);
            if (!isOver)
                (decide.Receipt is null ? Cancelled : Committed)[decide.Move] = decide.Granted;

            return new MoveDecided(decide.Move, decide.Granted, VerdictOf(decide.Move, decide.Granted));
        }

        internal Message Decision(QueryMoveDecision query) =>
            Committed.TryGetValue(query.Move, out Epoch granted) ? new MoveDecided(query.Move, granted, MoveDecision.Committed)
            : Aborted.Contains(query.Move) ? new MoveDecided(query.Move, Epoch.None, MoveDecision.Aborted)
            : new MoveOpen(query.Move);

        private MoveDecision VerdictOf(MoveId move, Epoch granted) =>
            Committed.TryGetValue(move, out Epoch committed) && committed == granted ? MoveDecision.Committed
            : Aborted.Contains(move) ? MoveDecision.Aborted
            : MoveDecision.Cancelled;

        internal ShardOwner Report(ReportOwner report)
        {
            ShardOwner known = Query(report.Shard);
            if (report.Epoch > known.Epoch)
                _owners[report.Shard] = new ShardOwner(report.Owner, report.Epoch, report.Empty);
            else if (report.Epoch == known.Epoch && report.Owner == known.Owner && !report.Empty)
                _owners[report.Shard] = known with { MayOpenEmpty = false };

            return Query(report.Shard);
        }
    }
}
