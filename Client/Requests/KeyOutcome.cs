using OrleansShards.Client.Routing;

namespace OrleansShards.Client.Requests;

internal static class KeyOutcome
{
    internal static KeyResult ResultOf(ClientOutcome outcome, KeyVerb verb, SessionTag session) => outcome switch
    {
        ClientOutcome.Applied { Reply: KeyReply reply } => Answered(reply, verb, session),
        ClientOutcome.Rejected { Reply: KeyReply reply } => Answered(reply, verb, session),
        ClientOutcome.Rejected rejected => new KeyResult.NotApplied(TextOf(rejected.Reply), MayHelpToRepeat: false),
        ClientOutcome.NotApplied failure => new KeyResult.NotApplied(failure.Text, failure.MayHelpToRepeat),
        ClientOutcome.Unknown failure => new KeyResult.Unknown(failure.Text),
        ClientOutcome.Applied other => new KeyResult.Unknown(NotUnderstood(other.Reply)),
        _ => throw new InvalidOperationException($"{outcome.GetType().Name} is not an outcome"),
    };

    internal static string TextOf(Message refusal) => refusal switch
    {
        ShardRefusal shard => shard.Text,
        Core.Masters.MasterRefusal master => master.Text,
        _ => $"refused with {refusal.GetType().Name}, which this release does not know",
    };

    internal static string NotUnderstood(Message reply) =>
        $"answered with {reply.GetType().Name}, which this release does not know as an answer to the request";

    private static KeyResult Answered(KeyReply reply, KeyVerb verb, SessionTag session) => reply.Verdict switch
    {
        KeyVerdict.Done when verb == KeyVerb.Read => new KeyResult.Found(reply.Value),
        KeyVerdict.Done => KeyResult.Applied.Instance,
        KeyVerdict.Absent => KeyResult.Absent.Instance,
        KeyVerdict.Differs => new KeyResult.Differs(reply.Value),
        KeyVerdict.StaleSequence => new KeyResult.StaleSequence(session.Sequence),
        _ => new KeyResult.Unknown($"the shard answered with verdict {reply.Verdict:D}, which this release does not know"),
    };
}
