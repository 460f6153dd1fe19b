using System.Collections.Frozen;
using OrleansShards.Core.Groups;
using OrleansShards.Core.Nodes;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// The nodes of a cluster, and the error for a node that does not exist. Masters are those of the definition for ever. Groups may come
/// later: which there are, the primary knows, and the router asks it.
/// </summary>
internal sealed class NodeNames(ClusterDefinition definition)
{
    private readonly FrozenSet<string> _groups = definition.Groups.Select(static group => group.Value).ToFrozenSet();

    /// <summary>
    /// The error for a destination that does not exist; null if it does: every node is a replica group, and a request about a shard may
    /// also be addressed to a group that came later.
    /// </summary>
    internal ErrorReply? CheckDestination(string name, Message? asked = null) =>
        _groups.Contains(name) || (asked is OfShard && GroupNames.IsWellFormed(name))
            ? null
            : NotFound($"there is no node {name} here; expected as dest one of {string.Join(", ", definition.Groups)}");

    /// <summary>The error for the first master that a request names and that does not exist; null if all do.</summary>
    internal ErrorReply? Check(ClientRequest request) => request switch
    {
        OfPrimary { Request: TriggerFailover failover } => CheckMaster("failed_master", failover.Failed),
        OfPrimary { Request: Switchover switchover } => CheckMaster("to", switchover.To),
        OfMaster { Request: Heartbeat } of => CheckMaster("dest", of.Master),
        _ => null,
    };

    private ErrorReply? CheckMaster(string field, MasterName master) => definition.Has(master)
        ? null
        : NotFound($"\"{field}\" is {master}, and there is no such master; expected one of {string.Join(", ", definition.Masters)}");

    private static ErrorReply NotFound(string text) => new(ErrorCode.NodeNotFound, text);
}
