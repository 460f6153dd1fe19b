using System.Collections.Immutable;
using OrleansShards.Core.Masters.Moves;
using OrleansShards.Simulation.Checkers;
using OrleansShards.Simulation.Faults;
using OrleansShards.Simulation.Running;

namespace OrleansShards.Simulation.Workload;

/// <summary>Sends operators' requests, repeats one with an unknown outcome. Every reply has to agree with the log.</summary>
internal sealed class Operator(World world, GatewayCalls calls, ClusterPlan plan)
{
    private const long DeadlineMs = 4_500;
    private const int TriesMax = 6;

    private readonly ClusterDefinition _cluster = plan.Definition;
    private readonly GroupId[] _groups = [.. plan.Definition.Groups, .. plan.Later];
    private int _open;

    internal bool IsIdle => _open == 0;

    internal void Migrate(Rng draws) => Begin(FaultKind.MigrateAsked, draws, new MigrateShard(AnyShard(draws), AnyGroup(draws)));

    internal void Pin(Rng draws) => Begin(FaultKind.PinAsked, draws, new PinShard(AnyShard(draws), AnyGroup(draws), IsPlan(draws)));

    internal void Join(Rng draws) => Begin(FaultKind.JoinAsked, draws, new JoinGroups(SomeGroups(draws), IsPlan(draws)));

    internal void Leave(Rng draws) => Begin(FaultKind.LeaveAsked, draws, new LeaveGroups(SomeGroups(draws), IsPlan(draws)));

    internal void Forget(Rng draws) => Begin(FaultKind.ForgetAsked, draws, new ForgetGroups(SomeGroups(draws)));

    internal void Undo(Rng draws) => Begin(FaultKind.UndoAsked, draws, new UndoMove(AnyShard(draws)));

    private void Begin(FaultKind kind, Rng draws, Message request)
    {
        world.Count(kind);
        Ask(draws, request, TriesMax);
    }

    private ShardId AnyShard(Rng draws) => new(draws.Below(_cluster.ShardCount));

    private GroupId AnyGroup(Rng draws) => draws.Pick(_groups);

    private static bool IsPlan(Rng draws) => draws.Chance(Rng.Million / 5);

    private ImmutableArray<GroupId> SomeGroups(Rng draws)
    {
        GroupId first = AnyGroup(draws);
        return [.. _groups.Where(group => group == first || draws.Chance(Rng.Million / 4))];
    }

    private void Ask(Rng draws, Message request, int tries)
    {
        if (world.IsHealed || tries == 0)
            return;

        ClientRequest asked = draws.Chance(Rng.Million * 3L / 4)
            ? new ClientRequest.OfPrimary(request)
            : new ClientRequest.OfMaster(draws.Pick(_cluster.Masters), request);
        bool isSent = calls.Ask(draws.Pick(calls.Gateways), asked, DeadlineMs, outcome =>
        {
            _open--;
            OnReply(draws, request, tries, outcome);
        });
        _open += isSent ? 1 : 0;
        if (!isSent)
            AskLater(draws, request, tries - 1);
    }

    private void OnReply(Rng draws, Message request, int tries, ClientOutcome? outcome)
    {
        switch (outcome)
        {
            case ClientOutcome.Applied { Reply: MoveStatus status }:
                CheckStatus(status);
                if (!status.IsDone)
                    AskLater(draws, draws.Chance(Rng.Million / 2) ? request : new QueryMove(status.Shard), tries - 1);

                break;
            case ClientOutcome.Applied { Reply: Rebalanced done }:
                if (done.Epoch > Truth.MapEpoch)
                {
                    throw new ViolationException(
                        "answers-are-true", $"{request} is answered by {done}, the log's map is of epoch {Truth.MapEpoch}");
                }

                break;
            case ClientOutcome.Applied { Reply: MovePlan or GroupsForgotten } or ClientOutcome.Rejected:
                break;
            case ClientOutcome.Applied applied:
                throw new ViolationException("outcomes-make-sense", $"{request} is answered by {applied.Reply}");
            case ClientOutcome.NotApplied or ClientOutcome.Unknown or null:
                AskLater(draws, request, tries - 1);
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

    private void AskLater(Rng draws, Message request, int tries) =>
        world.After(draws.Spread(10_000, 2_000_000), () => Ask(draws, request, tries));
}
