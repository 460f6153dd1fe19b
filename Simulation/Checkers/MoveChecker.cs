using OrleansShards.Core.Shards;
using OrleansShards.Simulation.Engine;

namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// A move ends committed or aborted: when a run has ended and every coordinator is done, no copy is prepared for another
/// group or rolling back, and whoever has given a shard away keeps nothing of it.
/// </summary>
internal sealed class MoveChecker(World world) : Checker
{
    internal override void Ended()
    {
        foreach (StoreImage image in world.Store.Logs)
        {
            if (image.Truth.Shard is not { } copy)
            {
                continue;
            }

            ShardPhase phase = copy.Standing.Phase;
            if (phase is ShardPhase.Sealed or ShardPhase.Aborting)
            {
                throw new ViolationException(
                    "every-move-ends", $"{image.Truth.Name} is {phase} towards {copy.Standing.Other} when all is over");
            }

            if (phase == ShardPhase.Released && (copy.Keys > 0 || copy.ClientSessions > 0))
            {
                throw new ViolationException(
                    "nothing-remains",
                    $"{image.Truth.Name} has {copy.Keys} keys and {copy.ClientSessions} sessions of a shard that it gave away");
            }
        }
    }
}
