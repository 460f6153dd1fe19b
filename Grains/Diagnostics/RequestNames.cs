using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Diagnostics;

/// <summary>The values of metric tags. Constants, so that a name allocates nothing.</summary>
internal static class RequestNames
{
    /// <summary>The outcome of such a request; null stands for an exception or a time-out.</summary>
    internal static string Outcome(Message? answer) => answer switch
    {
        null => "failed",
        ShardUnknown or MasterUnknown => "unknown",
        ShardRefusal or MasterRefusal or NotPrimary => "refused",
        KeyReply { Verdict: not KeyVerdict.Done } => "rejected",
        _ => "done",
    };

    internal static string Of(StoreRequest request) => request switch
    {
        StoreRequest.Put => "put",
        StoreRequest.Read => "read",
        StoreRequest.Probe => "probe",
        StoreRequest.Drop => "drop",
        StoreRequest.PutChunk => "put_chunk",
        StoreRequest.Publish => "publish",
        StoreRequest.ReadManifest => "read_manifest",
        StoreRequest.ReadChunk => "read_chunk",
        _ => "other",
    };

    internal static string Outcome(StoreCompletion completion) => completion switch
    {
        StoreCompletion.Put put => Of(put.Outcome),
        StoreCompletion.Failed => "failed",
        _ => "done",
    };

    internal static string Of(TakeoverReason reason) => reason switch
    {
        TakeoverReason.HeartbeatsMissed => "heartbeats_missed",
        TakeoverReason.Requested => "requested",
        TakeoverReason.Switchover => "switch_over",
        TakeoverReason.Resumed => "resumed",
        TakeoverReason.Restarted => "restarted",
        TakeoverReason.Regained => "regained",
    };

    internal static string Of(LimitName limit) => limit switch
    {
        LimitName.Key => "key",
        LimitName.Value => "value",
        LimitName.SessionName => "session_name",
        LimitName.Message => "message",
        LimitName.Shard => "shard",
        LimitName.Silo => "silo",
    };

    internal static string Of(Core.LogName log) => log == Core.LogName.Master ? "master" : "shard";

    private static string Of(PutOutcome outcome) => outcome switch
    {
        PutOutcome.Stored => "done",
        PutOutcome.Occupied => "occupied",
        PutOutcome.NotStored => "refused",
        PutOutcome.Unknown => "unknown",
    };
}
