using System.Collections.Frozen;
using System.Collections.Immutable;
using OrleansShards.Core;
using OrleansShards.Core.Masters;
using OrleansShards.MaelstromGateway.Errors;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>Who there is in a cluster, and the error for who there is not.</summary>
/// <param name="definition">The cluster.</param>
internal sealed class NodeNames(ClusterDefinition definition)
{
    private readonly FrozenSet<string> _groups = definition.Groups.Select(static group => group.Value).ToFrozenSet();

    /// <summary>The cluster.</summary>
    internal ClusterDefinition Definition { get; } = definition;

    private string Masters => string.Join(", ", Definition.Masters);

    private string Groups => string.Join(", ", Definition.Groups);

    /// <summary>Whether there is a node of that name; every node is a replica group.</summary>
    internal bool IsNode(string name) => _groups.Contains(name);

    /// <summary>The error for a group that does not exist; null where it does, or where none was named.</summary>
    internal ErrorReply? CheckGroup(string field, string? name) => name is null || IsNode(name)
        ? null
        : new ErrorReply(ErrorCode.NodeNotFound,
            $"\"{field}\" is {name}, and there is no such group; expected one of {Groups}");

    /// <summary>The error for the first group of a list that does not exist; null where all do.</summary>
    internal ErrorReply? CheckGroups(string field, ImmutableArray<GroupId> groups)
    {
        foreach (GroupId group in groups)
        {
            if (!IsNode(group.Value))
            {
                return new ErrorReply(ErrorCode.NodeNotFound,
                    $"\"{field}\" has {group}, and there is no such group; expected some of {Groups}");
            }
        }

        return null;
    }

    /// <summary>The error for a master that does not exist; null where it does.</summary>
    internal ErrorReply? CheckMaster(string field, string name) => Definition.Has(new MasterName(name))
        ? null
        : new ErrorReply(ErrorCode.NodeNotFound,
            $"\"{field}\" is {name}, and there is no such master; expected one of {Masters}");

    /// <summary>The error for a destination that does not exist.</summary>
    internal ErrorReply NoDestination(string name) => new(ErrorCode.NodeNotFound,
        $"there is no node {name} here; expected as dest one of {Groups}");
}
