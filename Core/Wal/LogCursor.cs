namespace OrleansShards.Core.Wal;

/// <summary>How far a log has been read and verified: all that the next record is checked against.</summary>
/// <param name="Index">The last verified record; <see cref="LogIndex.None"/> before the first.</param>
/// <param name="Term">That record's term.</param>
/// <param name="Chain">That record's checksum, which the next one names.</param>
/// <param name="Entries">How many entries stand in the log up to here, empty records counting none.</param>
public readonly record struct LogCursor(LogIndex Index, Term Term, uint Chain, ulong Entries)
{
    /// <summary>Before the first record.</summary>
    public static LogCursor Start => default;
}
