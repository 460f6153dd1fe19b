using System.Collections.Immutable;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Faults;

namespace OrleansShards.Simulation.Workload;

/// <summary>
/// Asks the primary for what operators ask for: migrations, pins, groups that join and leave, undos. Asks again where it
/// does not know what came of it, and now and then how a move stands; what it is told has to be in the log.
/// </summary>
internal sealed class Operator(
    World world, GatewayCalls calls, ClusterDefinition cluster, IReadOnlyList<NodeAddress> gateways)
{
    private const long DeadlineMs = 4_500;
    private const int TriesMax = 6;

    private int _open;

    /// <summary>Whether nothing that was asked for is under way.</summary>
    internal bool IsIdle => _open == 0;

    internal void Migrate(Rng draws)
    {
        world.Count(FaultKind.MigrateAsked);
        Ask(draws, new MigrateShard(AnyShard(draws), AnyGroup(draws)), TriesMax);
    }

    internal void Pin(Rng draws)
    {
        world.Count(FaultKind.PinAsked);
        Ask(draws, new PinShard(AnyShard(draws), AnyGroup(draws), IsPlan(draws)), TriesMax);
    }

    internal void Join(Rng draws)
    {
        world.Count(FaultKind.JoinAsked);
        Ask(draws, new JoinGroups(SomeGroups(draws), IsPlan(draws)), TriesMax);
    }

    internal void Leave(Rng draws)
    {
        world.Count(FaultKind.LeaveAsked);
        Ask(draws, new LeaveGroups(SomeGroups(draws), IsPlan(draws)), TriesMax);
    }

    internal void Undo(Rng draws)
    {
        world.Count(FaultKind.UndoAsked);
        Ask(draws, new UndoMove(AnyShard(draws)), TriesMax);
    }

    private ShardId AnyShard(Rng draws) => new(draws.Below(cluster.ShardCount));

    private GroupId AnyGroup(Rng draws) => draws.Pick(cluster.Groups);

    private static bool IsPlan(Rng draws) => draws.Chance(Rng.Million / 5);

    private ImmutableArray<GroupId> SomeGroups(Rng draws)
    {
        GroupId first = AnyGroup(draws);
        return [.. cluster.Groups.Where(group => group == first || draws.Chance(Rng.Million / 4))];
    }

    private void Ask(Rng draws, Message request, int tries)
    {
        if (world.IsHealed || tries == 0)
            return;

        ClientRequest asked = draws.Chance(Rng.Million * 3L / 4)
            ? new ClientRequest.OfPrimary(request)
            : new ClientRequest.OfMaster(draws.Pick(cluster.Masters), request);
        bool isSent = calls.Ask(draws.Pick(gateways), asked, DeadlineMs, outcome =>
        {
            _open--;
            OnReply(draws, request, tries, outcome);
        });
        _open += isSent ? 1 : 0;
        if (!isSent)
            Later(draws, request, tries - 1);
    }

    private void OnReply(Rng draws, Message request, int tries, ClientOutcome? outcome)
    {
        switch (outcome)
        {
            case ClientOutcome.Applied { Reply: MoveStatus status }:
                CheckStatus(status);
                if (!status.IsDone)
                    Later(draws, draws.Chance(Rng.Million / 2) ? request : new QueryMove(status.Shard), tries - 1);

                break;
            case ClientOutcome.Applied { Reply: Rebalanced done }:
                if (done.Epoch > Truth.MapEpoch)
                {
                    throw new ViolationException(
                        "answers-are-true", $"{request} is answered by {done}, the log's map is of epoch {Truth.MapEpoch}");
                }

                break;
            case ClientOutcome.Applied { Reply: MovePlan } or ClientOutcome.Rejected:
                break;
            case ClientOutcome.Applied applied:
                throw new ViolationException("outcomes-make-sense", $"{request} is answered by {applied.Reply}");
            case ClientOutcome.NotApplied or ClientOutcome.Unknown or null:
                Later(draws, request, tries - 1);
                break;
        }
    }

    private MasterState Truth => world.Store.Of(LogName.Master).Truth.Master!;

    private void CheckStatus(MoveStatus status)
    {
        ShardMove? committed = Truth.FindCommitted(status.Shard);
        bool isCommitted = status.Phase == MovePhase.Committed;
        if (isCommitted && (committed is null || Truth.Find(status.Shard) is not { } entry || entry.Epoch < status.Epoch))
            throw new ViolationException("answers-are-true", $"{status}, but the newest commit in the log is {committed}");
    }

    private void Later(Rng draws, Message request, int tries) =>
        world.After(draws.Spread(10_000, 2_000_000), () => Ask(draws, request, tries));
}
