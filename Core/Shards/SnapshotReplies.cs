namespace OrleansShards.Core.Shards;

/// <summary>How recorded replies are named in a snapshot's JSON: as the protocol names them on the wire.</summary>
internal static class SnapshotReplies
{
    internal const int AbsentCode = 20;
    internal const int DiffersCode = 22;

    internal static (string Type, int Code, string Text) Of(RecordedReply reply) => reply switch
    {
        RecordedReply.ReadOk => ("read_ok", 0, ""),
        RecordedReply.WriteOk => ("write_ok", 0, ""),
        RecordedReply.CasOk => ("cas_ok", 0, ""),
        RecordedReply.DeleteOk => ("delete_ok", 0, ""),
        RecordedReply.Absent => ("error", AbsentCode, "key does not exist"),
        RecordedReply.Differs => ("error", DiffersCode, "the present value differs"),
    };

    /// <summary>The reply that a type and an error code name; null for one that no session records.</summary>
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
