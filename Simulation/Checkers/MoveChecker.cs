using OrleansShards.Core.Masters.Moves;

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
                continue;

            TransferPhase phase = copy.Ownership.Phase;
            if (phase is TransferPhase.Sealed or TransferPhase.Granted or TransferPhase.Aborting || IsInMove(copy))
            {
                throw new ViolationException(
                    "every-move-ends",
                    $"{image.Truth.Name} is {phase} towards {copy.Ownership.Other}, receiving move {copy.Receiving}, when all is over");
            }

            // What a copy has carried out for routers it goes on answering for.
            if (phase == TransferPhase.Released && (copy.Keys > 0 || copy.ClientSessions > 0))
            {
                throw new ViolationException(
                    "nothing-remains",
                    $"{image.Truth.Name} has {copy.Keys} keys and {copy.ClientSessions} clients' sessions of a shard that it gave away");
            }
        }
    }

    /// <summary>Whether a copy takes part in a move of the cluster's that is not over for it.</summary>
    internal static bool IsInMove(ShardState? copy) =>
        copy is not null && (copy.Ownership.Phase == TransferPhase.Moving || copy.Receiving > MoveId.None);

    /// <summary>Shards are at members, and where they are pinned: unless clients have handed some to other groups meanwhile.</summary>
    internal static void CheckPlaces(World world, bool wereHandedOver)
    {
        MasterState masters = world.Store.Of(LogName.Master).Truth.Master!;
        for (int number = 0; number < world.Options["shards"] && !wereHandedOver; number++)
        {
            if (masters.Find(new ShardId(number)) is not { } entry)
                continue;

            bool isPinned = masters.Pins.TryGetValue(number, out ShardPin pin) && masters.Members.Contains(pin.Group);
            if (!masters.Members.Contains(entry.Owner) || (isPinned && entry.Owner != pin.Group))
            {
                throw new ViolationException(
                    "places-are-reached",
                    $"shard {number} is at {entry.Owner}, pinned to {(isPinned ? pin.Group : "none")}, "
                    + $"members are {string.Join(", ", masters.Members)}");
            }
        }
    }
}
