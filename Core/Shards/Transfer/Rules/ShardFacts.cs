namespace OrleansShards.Core.Shards;

/// <summary>What the rules may look at: a copy's standing, and two things about its content.</summary>
/// <param name="self">The group whose copy it is.</param>
/// <param name="standing">The standing.</param>
/// <param name="isEmpty">Whether it has neither data nor client sessions.</param>
/// <param name="contentDigest">The content's digest by value; asked only where it matters, for it goes over all
/// keys.</param>
internal sealed class ShardFacts(GroupId self, ShardStanding standing, bool isEmpty, Func<ulong> contentDigest)
{
    internal GroupId Self { get; } = self;

    internal ShardStanding Standing { get; } = standing;

    internal bool IsEmpty { get; } = isEmpty;

    internal ulong ContentDigest() => contentDigest();
}
