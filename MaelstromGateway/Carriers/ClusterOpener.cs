using OrleansShards.Core.Masters;

namespace OrleansShards.MaelstromGateway.Carriers;

/// <summary>Opens the cluster that an <c>init</c> describes, and answers the way to it.</summary>
internal delegate Task<IRequestCarrier> ClusterOpener(ClusterDefinition definition);
