namespace OrleansShards.Storage.Sqlite;

/// <summary>When a commit is answered, and so what a crash can take back.</summary>
public enum SqliteSynchronous
{
    /// <summary>After its bytes were flushed to the disk. Nothing that was acknowledged is lost.</summary>
    Full = 1,

    /// <summary>
    /// After its bytes were handed to the operating system. Survives the end of the process; a power cut or a crash of
    /// the operating system may take back the last acknowledged records, but never tears the file.
    /// </summary>
    Normal = 2,

    /// <summary>
    /// As <see cref="Normal"/>, and nothing is flushed at all: a power cut or a crash of the operating system may
    /// destroy the whole file. For tests and benchmarks.
    /// </summary>
    Off = 3,
}
