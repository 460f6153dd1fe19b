namespace OrleansShards.Core.Shards;

/// <summary>
/// What a session's last request was answered with: enough to answer it again, and to write the answer as JSON.
/// Persisted in checkpoints and entries: values are append-only.
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

    /// <summary>The key was not there (error 20).</summary>
    Absent = 5,

    /// <summary>The present value differed from the expected one (error 22), with the present value if it is known.</summary>
    Differs = 6,
}
