namespace OrleansShards.Storage;

/// <summary>What every store refuses alike: a caller's mistake is an <see cref="ArgumentException"/>, never an outcome.</summary>
internal static class LogStoreArgument
{
    /// <summary>The highest number a record or a checkpoint may have: what the SQL stores' signed columns hold.</summary>
    internal const ulong IndexMax = long.MaxValue;

    internal static void CheckLog(LogName log)
    {
        if (string.IsNullOrEmpty(log.Value))
            throw new ArgumentException("A log has a name of at least one character.", nameof(log));

        if (!IsText(log.Value))
            throw new ArgumentException("A log's name is well-formed Unicode without U+0000.", nameof(log));
    }

    internal static void CheckRecord(LogName log, LogIndex index)
    {
        CheckLog(log);
        ArgumentOutOfRangeException.ThrowIfZero(index.Value, nameof(index));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index.Value, IndexMax, nameof(index));
    }

    internal static void CheckCheckpoint(LogName log, CheckpointId checkpoint, int number = 0)
    {
        CheckLog(log);
        ArgumentOutOfRangeException.ThrowIfZero(checkpoint.Index.Value, nameof(checkpoint));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checkpoint.Index.Value, IndexMax, nameof(checkpoint));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checkpoint.Term.Value, IndexMax, nameof(checkpoint));
        ArgumentOutOfRangeException.ThrowIfNegative(number);
    }

    /// <summary>An option's error, for a store's options.</summary>
    internal static void CheckRange(List<string> errors, string name, int value, int min, int max)
    {
        if (value < min || value > max)
            errors.Add($"{name} is {value}: expected {min} to {max}.");
    }

    // What every database takes as text. Of surrogates there are hardly ever any.
    private static bool IsText(string name)
    {
        if (name.Contains('\0'))
            return false;

        var at = name.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        for (; at >= 0 && at < name.Length; at++)
        {
            if (char.IsSurrogate(name[at]) && !(at + 1 < name.Length && char.IsSurrogatePair(name[at], name[++at])))
                return false;
        }

        return true;
    }
}
