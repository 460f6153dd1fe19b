namespace OrleansShards.Core.Masters;

/// <summary>One shard in the shard map.</summary>
/// <param name="Owner">The group that has it.</param>
/// <param name="Epoch">The shard's epoch under that owner.</param>
/// <param name="MayOpenEmpty">
/// Whether the owner may begin with nothing: see <see cref="ShardOwner.MayOpenEmpty"/>.
/// </param>
public sealed record ShardEntry(GroupId Owner, Epoch Epoch, bool MayOpenEmpty)
{
    /// <summary>As an answer.</summary>
    public ShardOwner ToReply() => new(Owner, Epoch, MayOpenEmpty);
}
