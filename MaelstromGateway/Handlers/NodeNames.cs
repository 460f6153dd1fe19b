using System.Collections.Frozen;
using System.Collections.Immutable;
using OrleansShards.Core.Shards;
using static OrleansShards.Client.Routing.ClientRequest;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>The nodes of a cluster, and the error for a node that does not exist.</summary>
internal sealed class NodeNames(ClusterDefinition definition)
{
    private readonly FrozenSet<string> _groups = definition.Groups.Select(static group => group.Value).ToFrozenSet();

    private string Groups => string.Join(", ", definition.Groups);

    /// <summary>The error for a destination that does not exist; null if it does. Every node is a replica group.</summary>
    internal ErrorReply? CheckDestination(string name) =>
        _groups.Contains(name) ? null : NotFound($"there is no node {name} here; expected as dest one of {Groups}");

    /// <summary>The error for the first group or master that a request names and that does not exist; null if all do.</summary>
    internal ErrorReply? Check(ClientRequest request) => request switch
    {
        OfShard { Request: PrepareMigration prepare } => CheckGroup("target_gid", prepare.Target),
        OfShard { Request: ReceiveShard receive } => CheckGroup("source_gid", receive.Source),
        Move move => CheckGroup("target_gid", move.Target),
        OfPrimary { Request: JoinGroups join } => CheckGroups("gids", join.Groups),
        OfPrimary { Request: LeaveGroups leave } => CheckGroups("gids", leave.Groups),
        OfPrimary { Request: PinShard pin } => CheckGroup("gid", pin.Group),
        OfPrimary { Request: TriggerFailover failover } => CheckMaster("failed_master", failover.Failed),
        OfPrimary { Request: Switchover switchover } => CheckMaster("to", switchover.To),
        OfMaster { Request: Heartbeat heartbeat } of => CheckGroup("gid", heartbeat.Group) ?? CheckMaster("dest", of.Master),
        _ => null,
    };

    private ErrorReply? CheckGroup(string field, GroupId? group) => group is not { } named || _groups.Contains(named.Value)
        ? null
        : NotFound($"\"{field}\" is {named}, and there is no such group; expected one of {Groups}");

    private ErrorReply? CheckGroups(string field, ImmutableArray<GroupId> groups) => groups
        .Where(group => !_groups.Contains(group.Value))
        .Select(group => NotFound($"\"{field}\" has {group}, and there is no such group; expected some of {Groups}"))
        .FirstOrDefault();

    private ErrorReply? CheckMaster(string field, MasterName master) => definition.Has(master)
        ? null
        : NotFound($"\"{field}\" is {master}, and there is no such master; expected one of {string.Join(", ", definition.Masters)}");

    private static ErrorReply NotFound(string text) => new(ErrorCode.NodeNotFound, text);
}
