namespace OrleansShards.Storage;

/// <summary>The checks that all stores share: a caller's mistake is an <see cref="ArgumentException"/>, never an outcome.</summary>
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

    internal static void CheckRead(LogName log, int bytesMax)
    {
        CheckLog(log);
        ArgumentOutOfRangeException.ThrowIfNegative(bytesMax);
    }

    internal static void CheckDrop(LogName log, IReadOnlyList<LogIndex> keep)
    {
        CheckLog(log);
        ArgumentNullException.ThrowIfNull(keep);
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

    /// <summary>Throws one exception with all errors of a store's options.</summary>
    internal static void CheckOptions(object options, IReadOnlyList<string> errors)
    {
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
    }

    internal static void CheckRange(List<string> errors, string name, int value, int min, int max)
    {
        if (value < min || value > max)
            errors.Add($"{name} is {value}: expected {min} to {max}.");
    }

    // Text that every database accepts. Surrogates are rare, so they are searched for first.
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
