namespace OrleansShards.Core.Masters.Moves;

/// <summary>Where a shard is to be that is not there yet.</summary>
/// <param name="Group">The group that is to have it, a member when it was decided.</param>
/// <param name="UndoOf">The committed move that is undone by it; none for every other reason.</param>
public readonly record struct WantedPlace(GroupId Group, MoveId UndoOf);
