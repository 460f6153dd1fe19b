using System.Collections.Immutable;
using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>
/// Which groups are members, and at which epoch each joined or left last: a repeated request gets that epoch again.
/// </summary>
internal sealed class Membership
{
    private Standing[] _standings = [];

    /// <summary>The members, in the cluster's order.</summary>
    internal ImmutableArray<GroupId> Members { get; private set; } = [];

    /// <summary>Every group, in the cluster's order.</summary>
    internal ImmutableArray<GroupId> All { get; private set; } = [];

    /// <summary>Whether nobody has joined or left since the founding.</summary>
    internal bool IsAsFounded => Array.TrueForAll(_standings, static group => group is { IsMember: true, Since.Value: 1 });

    /// <summary>All groups are members from the first epoch on.</summary>
    internal void Found(ImmutableArray<GroupId> groups) =>
        Set([.. groups.Select(static group => new Standing(group, IsMember: true, new Epoch(1)))]);

    internal bool Has(GroupId group) => Members.Contains(group);

    /// <summary>When the newest of these groups joined, or left, last.</summary>
    internal Epoch Since(ImmutableArray<GroupId> groups) =>
        _standings.Where(standing => groups.Contains(standing.Group)).Max(static standing => standing.Since);

    internal void Change(ImmutableArray<GroupId> groups, bool join, Epoch at) => Set(
    [
        .. _standings.Select(
            standing => groups.Contains(standing.Group) ? new Standing(standing.Group, join, at) : standing),
    ]);

    internal void Clear() => Set([]);

    internal void Write(ByteWriter to)
    {
        foreach (Standing standing in _standings)
        {
            to.Bool(standing.IsMember);
            to.VarUInt(standing.Since.Value);
        }
    }

    /// <summary>Reads one standing for each group that the founding has named.</summary>
    internal void Read(ref ByteReader from)
    {
        Standing[] standings = new Standing[_standings.Length];
        for (int i = 0; i < standings.Length; i++)
        {
            standings[i] = new Standing(_standings[i].Group, from.Bool(), new Epoch(from.VarUInt()));
        }

        Set(standings);
    }

    private void Set(Standing[] standings)
    {
        _standings = standings;
        All = [.. standings.Select(static standing => standing.Group)];
        Members = [.. standings.Where(static standing => standing.IsMember).Select(static standing => standing.Group)];
    }

    private readonly record struct Standing(GroupId Group, bool IsMember, Epoch Since);
}
