using OrleansShards.Core.Json;

namespace OrleansShards.Core.Shards;

/// <summary>The answers to operations on keys, and what a session records of each.</summary>
internal static class KeyReplies
{
    internal static readonly KeyReply Done = new(KeyVerdict.Done, default);

    internal static readonly KeyReply Absent = new(KeyVerdict.Absent, default);

    internal static readonly KeyReply StaleSequence = new(KeyVerdict.StaleSequence, default);

    private static readonly KeyReply DiffersSomehow = new(KeyVerdict.Differs, default);

    /// <summary>The answer that was recorded.</summary>
    internal static KeyReply Of(RecordedReply recorded, JsonText value) => recorded switch
    {
        RecordedReply.ReadOk => new KeyReply(KeyVerdict.Done, value),
        RecordedReply.WriteOk or RecordedReply.CasOk or RecordedReply.DeleteOk => Done,
        RecordedReply.Absent => Absent,
        RecordedReply.Differs => value.Kind == JsonKind.None ? DiffersSomehow : new KeyReply(KeyVerdict.Differs, value),
    };

    /// <summary>Whether a recorded answer can be one to a request of this kind: an error is one to any.</summary>
    internal static bool Answers(RecordedReply recorded, KeyVerb verb) => recorded switch
    {
        RecordedReply.ReadOk => verb == KeyVerb.Read,
        RecordedReply.WriteOk => verb == KeyVerb.Write,
        RecordedReply.CasOk => verb == KeyVerb.CompareAndSet,
        RecordedReply.DeleteOk => verb == KeyVerb.Delete,
        RecordedReply.Absent or RecordedReply.Differs => true,
    };

    /// <summary>What is recorded of an answer that is not <see cref="KeyVerdict.StaleSequence"/>.</summary>
    internal static RecordedReply Record(KeyVerb verb, KeyVerdict verdict) => verdict switch
    {
        KeyVerdict.Absent => RecordedReply.Absent,
        KeyVerdict.Differs => RecordedReply.Differs,
        KeyVerdict.Done or KeyVerdict.StaleSequence => verb switch
        {
            KeyVerb.Read => RecordedReply.ReadOk,
            KeyVerb.Write => RecordedReply.WriteOk,
            KeyVerb.CompareAndSet => RecordedReply.CasOk,
            KeyVerb.Delete => RecordedReply.DeleteOk,
        },
    };
}
