namespace OrleansShards.Core.Masters.Moves;

/// <summary>A shard is to stay at a group, whatever balancing would like.</summary>
/// <param name="Group">The group, a member.</param>
/// <param name="At">The epoch of the shard map that the pin made.</param>
public readonly record struct ShardPin(GroupId Group, Epoch At);
