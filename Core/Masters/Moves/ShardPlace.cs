namespace OrleansShards.Core.Masters.Moves;

/// <summary>What the planner knows of a shard.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Owner">Who has it.</param>
/// <param name="Place">Where it is wanted: the owner, unless a move is due or under way.</param>
/// <param name="IsPinned">Whether it has to stay at <paramref name="Place"/>, which is a member then.</param>
internal readonly record struct ShardPlace(int Shard, GroupId Owner, GroupId Place, bool IsPinned);
