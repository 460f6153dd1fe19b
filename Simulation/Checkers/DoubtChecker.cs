namespace OrleansShards.Simulation.Checkers;

/// <summary>
/// A request to a master or to a shard's copy that ended as refused has no attempt that may have been carried out: each was refused itself,
/// or never arrived. (An operation on a key is known by its session, whatever became of its attempts.)
/// </summary>
internal sealed class DoubtChecker : Checker
{
    private readonly Dictionary<(NodeRun Router, ulong Ticket), Asked> _open = [];
    private readonly Dictionary<CallId, Asked> _attempts = [];

    internal override void Stepping(NodeRun run, Event happened)
    {
        switch (happened)
        {
            case Event.Submitted { Request: ClientRequest request } submitted when WireOf(request) is { } wire:
                _open.Add((run, submitted.Ticket), new Asked(request, wire.GetType()));
                break;
            case Event.Answered answered when _attempts.Remove(answered.Id, out Asked? asked):
                if (answered.Reply is NotPrimary or MasterRefusal or ShardRefusal)
                    asked.Doubtful.Remove(answered.Id);

                break;
            case Event.CallFailed failed when _attempts.Remove(failed.Id, out Asked? asked):
                if (!failed.Delivered)
                    asked.Doubtful.Remove(failed.Id);

                break;
        }
    }

    internal override void Effected(NodeRun run, Effect effect)
    {
        switch (effect)
        {
            case Effect.Call call when _open.TryGetValue((run, call.Ticket), out Asked? asked) && call.Request.GetType() == asked.Wire:
                asked.Doubtful.Add(call.Id);
                _attempts.Add(call.Id, asked);
                break;
            case Effect.Complete complete when _open.Remove((run, complete.Ticket), out Asked? asked):
                if (complete.Outcome is ClientOutcome.NotApplied or ClientOutcome.Rejected && asked.Doubtful.Count > 0)
                {
                    throw new ViolationException(
                        "refusals-are-certain",
                        $"{asked.Request} has ended with {complete.Outcome}, and this attempt may have been carried out: "
                        + $"{asked.Doubtful.First()}");
                }

                break;
        }
    }

    // The message that may change something; what a router asks before it is of another type.
    private static Message? WireOf(ClientRequest request) => !request.HasEffect ? null : request switch
    {
        ClientRequest.OfPrimary ofPrimary => ofPrimary.Request,
        ClientRequest.OfMaster ofMaster => ofMaster.Request,
        ClientRequest.OfShard ofShard => ofShard.Request,
        _ => null,
    };

    private sealed record Asked(ClientRequest Request, Type Wire)
    {
        /// <summary>Attempts that may have been carried out, for all that their router knows.</summary>
        internal HashSet<CallId> Doubtful { get; } = [];
    }
}
