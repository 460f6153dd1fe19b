namespace OrleansShards.MaelstromGateway.Silos;

/// <summary>
/// What the first <c>init</c> has defined. A later one describes the same cluster if it has the same names in the same order. It may name
/// the node of the first <c>init</c> again, or the node that it is addressed to.
/// </summary>
internal sealed class InitAgreement(Init first, int shardCount)
{
    internal ClusterDefinition Definition { get; } = new(
        [.. first.NodeIds.Take(2).Select(static name => new MasterName(name))],
        [.. first.NodeIds.Select(static name => new GroupId(name))],
        shardCount);

    internal NodeNames Names => field ??= new NodeNames(Definition);

    /// <summary>The node that this process is.</summary>
    internal string Self => first.NodeId;

    /// <summary>The error that an <c>init</c> after the first is answered with; null for <c>init_ok</c>.</summary>
    internal ErrorReply? Repeat(Init init, string destination)
    {
        if (!init.NodeIds.SequenceEqual(first.NodeIds))
            return Differs($"this cluster was set up with other node_ids: {string.Join(", ", first.NodeIds)}");

        return Names.CheckDestination(destination)
            ?? (init.NodeId == first.NodeId || init.NodeId == destination
                ? null
                : Differs($"this node was set up with another node_id: {first.NodeId}"));
    }

    private static ErrorReply Differs(string text) => new(ErrorCode.PreconditionFailed, text);
}
