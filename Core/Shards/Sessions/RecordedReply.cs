namespace OrleansShards.Core.Shards;

/// <summary>
/// The answer to a session's last request: enough to give it again, and to write it as JSON. Persisted in checkpoints and
/// entries: values are append-only.
/// </summary>
public enum RecordedReply
{
    /// <summary><c>read_ok</c>, with the value that was read.</summary>
    ReadOk = 1,

    /// <summary><c>write_ok</c>.</summary>
    WriteOk = 2,

    /// <summary><c>cas_ok</c>.</summary>
    CasOk = 3,

    /// <summary><c>delete_ok</c>.</summary>
    DeleteOk = 4,

    /// <summary>The key did not exist (error 20).</summary>
    Absent = 5,

    /// <summary>The present value differed from the expected one (error 22); with the present value if it is known.</summary>
    Differs = 6,
}

/// <summary>The answers to operations on keys, what a session records of each, and its name in a snapshot's JSON.</summary>
internal static class KeyReplies
{
    private const int AbsentCode = 20;
    private const int DiffersCode = 22;

    internal static readonly KeyReply Done = new(KeyVerdict.Done, default);

    internal static readonly KeyReply Absent = new(KeyVerdict.Absent, default);

    internal static readonly KeyReply StaleSequence = new(KeyVerdict.StaleSequence, default);

    /// <summary>Whether a recorded answer fits a request of this kind; an error fits any.</summary>
    internal static bool Answers(RecordedReply recorded, KeyVerb verb) =>
        recorded is RecordedReply.Absent or RecordedReply.Differs || recorded == Record(verb, KeyVerdict.Done);

    /// <summary>What is recorded of an answer; <see cref="KeyVerdict.StaleSequence"/> is never recorded.</summary>
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

    /// <summary>The answer's type, error code and text in JSON: as the protocol names them.</summary>
    internal static (string Type, int Code, string Text) JsonOf(RecordedReply reply) => reply switch
    {
        RecordedReply.ReadOk => ("read_ok", 0, ""),
        RecordedReply.WriteOk => ("write_ok", 0, ""),
        RecordedReply.CasOk => ("cas_ok", 0, ""),
        RecordedReply.DeleteOk => ("delete_ok", 0, ""),
        RecordedReply.Absent => ("error", AbsentCode, "key does not exist"),
        RecordedReply.Differs => ("error", DiffersCode, "the present value differs"),
    };

    /// <summary>The reply of this type and error code in JSON; null for one that no session records.</summary>
    internal static RecordedReply? Parse(string type, long code) => (type, code) switch
    {
        ("read_ok", _) => RecordedReply.ReadOk,
        ("write_ok", _) => RecordedReply.WriteOk,
        ("cas_ok", _) => RecordedReply.CasOk,
        ("delete_ok", _) => RecordedReply.DeleteOk,
        ("error", AbsentCode) => RecordedReply.Absent,
        ("error", DiffersCode) => RecordedReply.Differs,
        _ => null,
    };
}
