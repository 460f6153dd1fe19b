namespace OrleansShards.Core.Bytes;

/// <summary>
/// Stored bytes are not what was written: damaged, cut short, or of a format that this version does not know. Whoever
/// reads a log stops at it and raises an alarm; nothing is skipped.
/// </summary>
public sealed class CorruptDataException(string text) : Exception(text);
