using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>Which groups are members, and at which epoch each last joined or left: a repeated request gets that epoch again.</summary>
internal sealed class Membership
{
    private MembershipState[] _states = [];

    internal ImmutableArray<GroupId> Members { get; private set; } = [];

    /// <summary>Every group, in the cluster's order: those of its creation, then those that came later.</summary>
    internal ImmutableArray<GroupId> All { get; private set; } = [];

    internal void Create(ImmutableArray<GroupId> groups) =>
        Set([.. groups.Select(static group => new MembershipState(group, IsMember: true, new Epoch(1)))]);

    internal bool Has(GroupId group) => Members.Contains(group);

    /// <summary>The newest epoch at which one of these groups joined or left.</summary>
    internal Epoch Since(ImmutableArray<GroupId> groups) =>
        _states.Where(state => groups.Contains(state.Group)).Max(static state => state.Since);

    /// <summary>Adds groups that are no members. Since the epoch of the map at that time, for a repeated leave.</summary>
    internal void Add(ImmutableArray<GroupId> groups, Epoch at) => Set(
        [.. _states, .. groups.Except(All).Select(group => new MembershipState(group, IsMember: false, at))]);

    internal void Forget(ImmutableArray<GroupId> groups) => Set([.. _states.Where(state => !groups.Contains(state.Group))]);

    internal void Change(ImmutableArray<GroupId> groups, bool join, Epoch at) => Set(
        [.. _states.Select(state => groups.Contains(state.Group) ? new MembershipState(state.Group, join, at) : state)]);

    internal void Write(ByteWriter to)
    {
        foreach (MembershipState state in _states)
        {
            to.Bool(state.IsMember);
            to.VarUInt(state.Since.Value);
        }
    }

    internal void Read(ref ByteReader from)
    {
        MembershipState[] states = new MembershipState[_states.Length];
        for (int i = 0; i < states.Length; i++)
            states[i] = new MembershipState(_states[i].Group, from.Bool(), new Epoch(from.VarUInt()));

        Set(states);
    }

    private void Set(MembershipState[] states)
    {
        _states = states;
        All = [.. states.Select(static state => state.Group)];
        Members = [.. states.Where(static state => state.IsMember).Select(static state => state.Group)];
    }

    private readonly record struct MembershipState(GroupId Group, bool IsMember, Epoch Since);
}
