using OrleansShards.Client.Routing;
using OrleansShards.Grains.Interfaces.Diagnostics;

namespace OrleansShards.Client.Diagnostics;

/// <summary>The values of tags. Constants, so that a name allocates nothing.</summary>
internal static class ClientRequestNames
{
    internal static string KindOf(ClientRequest request) => request switch
    {
        ClientRequest.OnKey onKey => RequestKinds.Of(onKey.Command.Verb),
        ClientRequest.OfShard ofShard => RequestKinds.Of(ofShard.Request),
        ClientRequest.OfPrimary ofPrimary => RequestKinds.Of(ofPrimary.Request),
        ClientRequest.OfMaster ofMaster => RequestKinds.Of(ofMaster.Request),
        ClientRequest.Move { Target: null } => "undo_move",
        ClientRequest.Move => "migrate_shard",
        _ => "other",
    };

    internal static string Of(ClientOutcome? outcome) => outcome switch
    {
        null => "cancelled",
        ClientOutcome.Applied => "done",
        ClientOutcome.Rejected => "rejected",
        ClientOutcome.NotApplied => "not_applied",
        _ => "unknown",
    };
}
