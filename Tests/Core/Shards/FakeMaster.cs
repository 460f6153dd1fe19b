using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.Core.Nodes;

namespace OrleansShards.Tests.Core.Shards;

/// <summary>
/// What a shard needs of a master, without a log: one map, kept by the test, that several of these may share.
/// </summary>
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
            _ => throw new ArgumentException(request.GetType().Name, nameof(request)),
        };

    internal sealed class Map
    {
        private readonly Dictionary<ShardId, ShardOwner> _owners = [];

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

        internal ShardOwner Report(ReportOwner report)
        {
            ShardOwner known = Query(report.Shard);
            if (report.Epoch > known.Epoch)
            {
                _owners[report.Shard] = new ShardOwner(report.Owner, report.Epoch, report.Empty);
            }
            else if (report.Epoch == known.Epoch && report.Owner == known.Owner && !report.Empty)
            {
                _owners[report.Shard] = known with { MayOpenEmpty = false };
            }

            return Query(report.Shard);
        }
    }
}
