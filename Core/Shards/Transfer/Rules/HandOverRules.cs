namespace OrleansShards.Core.Shards;

/// <summary>
/// The rules of the client-driven hand-over: a pure function of standing and entry. Asked twice for each step: by the
/// node, to answer at once what changes nothing, and when the entry is applied, where the answer counts.
/// </summary>
internal static class HandOverRules
{
    internal static Decision Decide(ShardFacts facts, HandOverEntry entry) => entry switch
    {
        HandOverEntry.Open open => BeginRules.Open(facts, open),
        HandOverEntry.Seed seed => BeginRules.Seed(facts, seed),
        HandOverEntry.Install install => TargetRules.Install(facts, install),
        HandOverEntry.Discard discard => TargetRules.Discard(facts, discard),
        HandOverEntry.Seal seal => SourceRules.Seal(facts, seal),
        HandOverEntry.Confirm confirm => SourceRules.Confirm(facts, confirm),
        HandOverEntry.StartAbort start => AbortRules.Start(facts, start),
        HandOverEntry.FinishAbort finish => AbortRules.Finish(facts, finish),
        HandOverEntry.RefuseAbort refuse => AbortRules.Refuse(facts, refuse),
        HandOverEntry.Yield yield => YieldRules.Yield(facts, yield),
        _ => throw new ArgumentException($"no entry: {entry.GetType().Name}", nameof(entry)),
    };
}
