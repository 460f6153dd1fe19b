using OrleansShards.Client.Routing;

namespace OrleansShards.Client.Requests;

internal static class KeyOutcome
{
    internal static KeyResult ResultOf(ClientOutcome outcome, KeyVerb verb, SessionTag session) => outcome switch
    {
        ClientOutcome.Applied { Reply: KeyReply reply } => Answered(reply, verb, session),
        ClientOutcome.Rejected { Reply: KeyReply reply } => Answered(reply, verb, session),
        ClientOutcome.Rejected rejected => new KeyResult.NotApplied(TextOf(rejected.Reply), MayHelpToRepeat: false),
        ClientOutcome.NotApplied failure => new KeyResult.NotApplied(failure.Text, MayHelpToRepeat: true),
        ClientOutcome.Unknown failure => new KeyResult.Unknown(failure.Text),
        _ => new KeyResult.Unknown($"the cluster answered {outcome}, which is not an answer to this request"),
    };

    internal static string TextOf(Message refusal) => refusal switch
    {
        ShardRefusal shard => shard.Text,
        Core.Masters.MasterRefusal master => master.Text,
        _ => refusal.ToString(),
    };

    private static KeyResult Answered(KeyReply reply, KeyVerb verb, SessionTag session) => reply.Verdict switch
    {
        KeyVerdict.Done when verb == KeyVerb.Read => new KeyResult.Found(reply.Value),
        KeyVerdict.Done => KeyResult.Applied.Instance,
        KeyVerdict.Absent => KeyResult.Absent.Instance,
        KeyVerdict.Differs => new KeyResult.Differs(reply.Value),
        KeyVerdict.StaleSequence => new KeyResult.StaleSequence(session.Sequence),
        _ => new KeyResult.Unknown($"the shard answered {reply}, which this version does not know"),
    };
}
