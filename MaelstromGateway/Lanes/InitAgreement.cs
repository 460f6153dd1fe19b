using OrleansShards.MaelstromGateway.Errors;
using OrleansShards.MaelstromGateway.Handlers;

namespace OrleansShards.MaelstromGateway.Lanes;

/// <summary>
/// What the first <c>init</c> has settled, and what a later one gets. The same names in the same order are the same
/// cluster; of its nodes the first <c>init</c>'s may be named again, and each by an <c>init</c> addressed to itself.
/// </summary>
internal sealed class InitAgreement
{
    private readonly Init _first;

    private InitAgreement(Init first, ClusterDefinition definition)
    {
        _first = first;
        Definition = definition;
    }

    /// <summary>The cluster.</summary>
    internal ClusterDefinition Definition { get; }

    /// <summary>Which of its nodes this process is.</summary>
    internal string Self => _first.NodeId;

    /// <summary>What <paramref name="init"/> settles, or null with an error.</summary>
    internal static InitAgreement? Of(Init init, string destination, int shardCount, out ErrorReply? error)
    {
        var definition = new ClusterDefinition(
            [.. init.NodeIds.Take(2).Select(static name => new MasterName(name))],
            [.. init.NodeIds.Select(static name => new GroupId(name))],
            shardCount);
        bool exists = init.NodeIds.Contains(destination);
        error = exists ? null : new NodeNames(definition).NoDestination(destination);
        return exists ? new InitAgreement(init, definition) : null;
    }

    /// <summary>The error that an <c>init</c> after the first is answered with; null for <c>init_ok</c>.</summary>
    internal ErrorReply? Repeat(Init init, string destination)
    {
        if (!init.NodeIds.SequenceEqual(_first.NodeIds))
        {
            return new ErrorReply(ErrorCode.PreconditionFailed,
                $"this cluster was set up with other node_ids: {string.Join(", ", _first.NodeIds)}");
        }

        if (!init.NodeIds.Contains(destination))
            return new NodeNames(Definition).NoDestination(destination);

        return init.NodeId == _first.NodeId || init.NodeId == destination
            ? null
            : new ErrorReply(ErrorCode.PreconditionFailed,
                $"this node was set up with another node_id: {_first.NodeId}");
    }
}
